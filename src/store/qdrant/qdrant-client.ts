import type { QdrantClient } from "@qdrant/js-client-rest";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../errors.ts";
import { explain, mayPass } from "./qdrant-errors.ts";
import { QdrantPoster, unnamedPort } from "./qdrant-post.ts";
import { type Found, QueryPairs } from "./query-pairs.ts";

export interface QdrantServer {
  /** Such as `http://127.0.0.1:6333`, or the addresses of several nodes of one cluster, separated by commas. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Milliseconds for one request; default 20,000, so that three tries end within a minute. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds before the first repetition; default 300. */
  readonly retryMs?: number;
}

export interface SendOptions {
  /** How often it is tried; default 3, and at least once per address. */
  readonly tries?: number;
  /** Milliseconds for all tries together; for those who have another way. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How often a request is tried that fails for reasons that may pass. */
const TRIES = 3;

/**
 * For what can be had another way: not waited for long. Tried twice, since a server closes connections that were idle, and
 * a request may be on its way just then.
 */
export const PROMPT: SendOptions = { tries: 2, withinMs: 3000 };

/** Requests to one server or cluster: repeated where that may help, with errors that name the setting to look at. */
export class QdrantConnection {
  /** The addresses of the nodes, without slashes at the end. */
  readonly nodes: readonly string[];
  readonly #server: QdrantServer;
  readonly #clients = new Map<string, Promise<QdrantClient>>();
  readonly #posters = new Map<string, QdrantPoster>();
  readonly #pairs = new QueryPairs((collection, searches) =>
    this.post(`/collections/${encodeURIComponent(collection)}/points/query/batch`, { searches }, PROMPT),
  );
  #at = 0;

  constructor(server: QdrantServer) {
    this.#server = server;
    this.nodes = addressesOf(server.url);
  }

  /** The node that is asked at the moment. */
  get url(): string {
    return this.nodes[this.#at] ?? "";
  }

  /** Sends a request that may be repeated without harm; each repetition goes to the next node. */
  send<Result>(request: (client: QdrantClient) => Promise<Result>, options: SendOptions = {}): Promise<Result> {
    return this.#repeat(async (url) => request(await this.#client(url)), options);
  }

  /** The same for what is asked often, past the client: the result of the answer to a body in JSON, of the caller's type. */
  post<Result>(path: string, body: unknown, options: SendOptions = {}): Promise<Result> {
    const json = JSON.stringify(body);
    return this.#repeat((url) => this.#poster(url).post<Result>(path, json), options);
  }

  /** Points by a query: with another that is asked for at the same moment in one request. Not waited for long. */
  query(collection: string, query: object): Promise<Found> {
    return this.#pairs.ask(collection, query);
  }

  async #repeat<Result>(
    request: (url: string) => Promise<Result>,
    { tries = TRIES, withinMs, signal }: SendOptions,
  ): Promise<Result> {
    const most = Math.max(tries, this.nodes.length);
    const until = performance.now() + (withinMs ?? Number.POSITIVE_INFINITY);
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const url = this.url;
      try {
        const sent = request(url);
        return await (withinMs === undefined ? sent : within(until - performance.now(), sent));
      } catch (thrown) {
        if (!mayPass(thrown)) throw explain(thrown, url);
        // Whoever else failed at this node may have moved on already.
        if (this.url === url) this.#at = (this.#at + 1) % this.nodes.length;
        if (attempt >= most || performance.now() >= until) throw explain(thrown, url);
        // Once every node has been asked, time may help: growing by four and spread over half its length, so that many
        // clients of one server do not come back as one.
        const round = Math.floor(attempt / this.nodes.length) - 1;
        if (attempt % this.nodes.length > 0) continue;
        await sleep((this.#server.retryMs ?? 300) * 4 ** round * (0.75 + 0.5 * Math.random()), undefined, { signal });
      }
    }
  }

  /** Sends a request to one node, for what each node of a cluster keeps for itself. */
  async sendTo<Result>(node: string, request: (client: QdrantClient) => Promise<Result>): Promise<Result> {
    try {
      return await request(await this.#client(node));
    } catch (thrown) {
      throw explain(thrown, node);
    }
  }

  /** Headers for what the client has no method for, such as the transfer of files. */
  get headers(): Readonly<Record<string, string>> {
    // As a header: given as `apiKey`, the client writes to the console when the address is not https.
    return this.#server.apiKey === undefined ? {} : { "api-key": this.#server.apiKey };
  }

  #client(url: string): Promise<QdrantClient> {
    const known = this.#clients.get(url) ?? connect(url, this.headers, this.#timeoutMs);
    this.#clients.set(url, known);
    return known;
  }

  #poster(url: string): QdrantPoster {
    const known = this.#posters.get(url) ?? new QdrantPoster(url, this.headers, this.#timeoutMs);
    this.#posters.set(url, known);
    return known;
  }

  get #timeoutMs(): number {
    return this.#server.timeoutMs ?? 20_000;
  }
}

/** The addresses in a setting, in order. */
export function addressesOf(url: string): string[] {
  return url.split(",").map((address) => address.trim().replace(/\/+$/, ""));
}

async function connect(url: string, headers: Readonly<Record<string, string>>, timeout: number): Promise<QdrantClient> {
  const { QdrantClient: Client } = await import("@qdrant/js-client-rest");
  const { pathname, origin } = new URL(url);
  const port = unnamedPort(url);
  const client = new Client({
    url: origin,
    ...(port !== null && { port }),
    ...(pathname === "/" ? {} : { prefix: pathname }),
    headers,
    timeout,
    checkCompatibility: false,
  });
  return withoutRedirects(client);
}

/**
 * The same client, which goes nowhere else when its server says so: the key and the texts are for that one alone. It has no
 * option for it, but each call of the API that its methods go through takes one.
 */
function withoutRedirects(client: QdrantClient): QdrantClient {
  type Send = (payload: never, init?: RequestInit) => unknown;
  const strict = Object.entries<Send>({ ...client.api() }).map(([name, send]): [string, Send] => [
    name,
    (payload, init) => send(payload, { ...init, redirect: "manual" }),
  ]);
  return Object.assign(client, { _openApiClient: Object.fromEntries(strict) });
}

/** Gives up waiting after `ms`; the request itself ends with the client's own limit. */
async function within<Result>(ms: number, sent: Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const late = sleep(ms, undefined, { signal: stop.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${Math.round(ms)} ms`);
  });
  try {
    return await Promise.race([sent, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
    sent.catch(() => {});
  }
}

/** Whether it is the address that does not answer, or the server that is in trouble or the wrong one. */
export function isUnreachable(thrown: unknown): boolean {
  const codes = ["store.unreachable", "store.foreign-server", "store.unsupported-version"];
  return thrown instanceof UserError && codes.includes(thrown.code);
}

/** Whether the key may make and fill collections. Changes nothing: of the aliases, none are changed. */
export async function mayWrite(connection: QdrantConnection): Promise<boolean> {
  try {
    await connection.send((client) => client.updateCollectionAliases({ actions: [] }), { tries: 1 });
    return true;
  } catch (thrown) {
    if (thrown instanceof UserError && thrown.code === "store.unauthorized") return false;
    throw thrown;
  }
}
