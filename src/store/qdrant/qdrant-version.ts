import { UserError, messageOf } from "../../errors.ts";
import type { QdrantConnection } from "./qdrant-client.ts";
import { unnamedPort } from "./qdrant-post.ts";

/** The oldest version that takes all that is sent here: collections have had metadata since then. */
const OLDEST = { major: 1, minor: 16 };

/** Asked only where something is wrong already, or once for a collection: not waited for long. */
const WAIT_MS = 3000;

/**
 * The version of the server, such as `1.16.3`; null where it does not tell.
 * @throws UserError `store.foreign-server` when something else answers, `store.unsupported-version` when the server is too old,
 * `store.unreachable` when nothing answers.
 */
export async function serverVersion({
  url,
  headers,
}: Pick<QdrantConnection, "url" | "headers">): Promise<string | null> {
  const answer = await root(url, headers);
  // In front of a server there may be a gate that has its own reasons.
  if (answer.status >= 500 || answer.status === 401 || answer.status === 403 || answer.status === 429) return null;
  const { title, version } = answer.body;
  if (typeof title !== "string" || !/qdrant/i.test(title) || typeof version !== "string") {
    const hint = "Correct QDRANT_URL: it is the address of the REST API, by default on port 6333.";
    throw new UserError("store.foreign-server", `What answers at ${url} is no Qdrant server.`, { hint });
  }
  if (isOlder(version)) {
    const message = `${url} is Qdrant ${version}; at least ${OLDEST.major}.${OLDEST.minor} is needed.`;
    throw new UserError("store.unsupported-version", message, {
      hint: "Upgrade that server, or give another one's address in QDRANT_URL.",
    });
  }
  return version;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function root(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const address = new URL(`${url}/`);
  address.port = String(unnamedPort(url) ?? address.port);
  try {
    // Not followed elsewhere: the key is for this server.
    const response = await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(WAIT_MS) });
    const body: unknown = await response.json().catch(() => null);
    return { status: response.status, body: typeof body === "object" && body !== null ? { ...body } : {} };
  } catch (thrown) {
    const message = `No Qdrant server answers at ${url} (${messageOf(thrown)}).`;
    throw new UserError("store.unreachable", message, { hint: "Start it, or correct QDRANT_URL.", cause: thrown });
  }
}
