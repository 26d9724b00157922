import type { QdrantClient } from "@qdrant/js-client-rest";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError, messageOf } from "../errors.ts";

export interface QdrantServer {
  /** Such as `http://127.0.0.1:6333`; a path before the API is kept. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Milliseconds for one request; default 20,000. */
  readonly timeoutMs?: number;
  /** Milliseconds before the first repetition; default 300. */
  readonly retryMs?: number;
}

/** How often a request is tried that fails for reasons that may pass. */
const TRIES = 3;

/** Requests to one server: repeated where that may help, with errors that name the setting to look at. */
export class QdrantConnection {
  readonly #server: QdrantServer;
  #client: Promise<QdrantClient> | null = null;

  constructor(server: QdrantServer) {
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  /** Sends a request that may be repeated without harm. `tries` 1 for those who have another way. */
  async send<Result>(request: (client: QdrantClient) => Promise<Result>, tries = TRIES): Promise<Result> {
    this.#client ??= connect(this.#server);
    const client = await this.#client;
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(client);
      } catch (thrown) {
        if (attempt >= tries || !mayPass(thrown)) throw this.#explain(thrown);
        // Growing by four and spread over half its length, so that many clients of one server do not come back as one.
        await sleep((this.#server.retryMs ?? 300) * 4 ** (attempt - 1) * (0.75 + 0.5 * Math.random()));
      }
    }
  }

  #explain(thrown: unknown): unknown {
    const status = statusOf(thrown);
    const fail = (reason: `store.${string}`, message: string, hint: string) =>
      new UserError(reason, message, { hint, cause: thrown });
    if (thrown instanceof UserError) return thrown;
    if (status === null) {
      return fail(
        "store.unreachable",
        `No Qdrant server answers at ${this.url} (${deepest(thrown)}).`,
        "Start it, or correct QDRANT_URL.",
      );
    }
    if (status === 401 || status === 403) {
      return fail("store.unauthorized", `${this.url} refuses the key (${status}).`, "Correct QDRANT_API_KEY.");
    }
    if (status === 429 || status >= 500) {
      return fail(
        "store.unreachable",
        `${this.url} is in trouble (${status}): ${detailOf(thrown)}.`,
        "Try again later.",
      );
    }
    if (status === 404)
      return fail("store.not-found", `${this.url} has no such collection or path.`, "Check QDRANT_URL.");
    return fail(
      "store.refused",
      `${this.url} refused a request (${status}): ${detailOf(thrown)}.`,
      "Check QDRANT_URL.",
    );
  }
}

async function connect({ url, apiKey, timeoutMs = 20_000 }: QdrantServer): Promise<QdrantClient> {
  const { QdrantClient: Client } = await import("@qdrant/js-client-rest");
  const { pathname, origin } = new URL(url);
  return new Client({
    url: origin,
    ...(pathname === "/" ? {} : { prefix: pathname.replace(/\/$/, "") }),
    // As a header: given as `apiKey`, the client writes to the console when the address is not https.
    ...(apiKey === undefined ? {} : { headers: { "api-key": apiKey } }),
    timeout: timeoutMs,
    checkCompatibility: false,
  });
}

/** Whether it is the address that does not answer, or the server that is in trouble. */
export function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof UserError && thrown.code === "store.unreachable";
}

function mayPass(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return status === null || status === 429 || status >= 500;
}

/** The HTTP status of an answer; null when there was none. */
function statusOf(thrown: unknown): number | null {
  if (thrown instanceof UserError) return 400;
  return thrown instanceof Error && "status" in thrown && typeof thrown.status === "number" ? thrown.status : null;
}

function detailOf(thrown: unknown): string {
  const data = thrown instanceof Error && "data" in thrown ? JSON.stringify(thrown.data) : messageOf(thrown);
  return data.slice(0, 300);
}

function deepest(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? deepest(thrown.cause) : messageOf(thrown);
}
