import { UserError, messageOf } from "../../errors.ts";

/** Whether a failed request may succeed when it is repeated: no answer, too many requests, or a server in trouble. */
export function mayPass(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return status === null || status === 429 || status >= 500;
}

/** A failed request to `url` as the user's to mend, naming the setting to look at. */
export function explain(thrown: unknown, url: string): unknown {
  if (thrown instanceof UserError || isAbort(thrown)) return thrown;
  const status = statusOf(thrown);
  const fail = (reason: `store.${string}`, message: string, hint: string) =>
    new UserError(reason, message, { hint, cause: thrown });
  if (status === null) {
    const reason = deepest(thrown);
    if (/wrong version number|EPROTO/.test(reason)) {
      return fail("store.unreachable", `${url} speaks no TLS.`, "Write http:// instead of https:// in QDRANT_URL.");
    }
    const isTrust = /certificate|self-signed|issuer/i.test(reason);
    const hint = isTrust
      ? "Name the file of its certificate authority in NODE_EXTRA_CA_CERTS, or correct QDRANT_URL."
      : "Start it, or correct QDRANT_URL.";
    return fail("store.unreachable", `No Qdrant server answers at ${url} (${reason}).`, hint);
  }
  if (status === 401 || status === 403) {
    const message = `${url} refuses the key (${status}): ${detailOf(thrown)}.`;
    return fail("store.unauthorized", message, "Correct QDRANT_API_KEY; it needs the right to write.");
  }
  if (status === 429 || status >= 500) {
    const detail = detailOf(thrown);
    const isFull = status === 507 || /no space|disk|storage is full/i.test(detail);
    const hint = isFull ? "Make room on the server's disk; what waits is sent then." : "Try again later.";
    return fail("store.unreachable", `${url} is in trouble (${status}): ${detail}.`, hint);
  }
  if (status >= 300 && status < 400) {
    const hint = "Write the address of the server itself into QDRANT_URL: keys and texts are sent nowhere else.";
    return fail("store.refused", `${url} sends requests elsewhere (${status}).`, hint);
  }
  if (status === 404) return fail("store.not-found", `${url} has no such collection or path.`, "Check QDRANT_URL.");
  return fail("store.refused", `${url} refused a request (${status}): ${detailOf(thrown)}.`, "Check QDRANT_URL.");
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "AbortError";
}

/** The HTTP status of an answer; null when there was none. */
function statusOf(thrown: unknown): number | null {
  if (thrown instanceof UserError || isAbort(thrown)) return 400;
  return thrown instanceof Error && "status" in thrown && typeof thrown.status === "number" ? thrown.status : null;
}

function detailOf(thrown: unknown): string {
  const data = thrown instanceof Error && "data" in thrown ? thrown.data : undefined;
  const text = errorIn(data) ?? (data === undefined ? messageOf(thrown) : JSON.stringify(data));
  return text.slice(0, 300).replace(/\.$/, "");
}

/** Qdrant answers `{ status: { error } }`. */
function errorIn(data: unknown): string | null {
  const status = typeof data === "object" && data !== null && "status" in data ? data.status : null;
  return typeof status === "object" && status !== null && "error" in status ? String(status.error) : null;
}

function deepest(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? deepest(thrown.cause) : messageOf(thrown);
}

/** What to tell people of it, with what they can do. */
export function adviceOf(thrown: unknown): string {
  const hint = thrown instanceof UserError ? thrown.hint : undefined;
  return hint === undefined ? messageOf(thrown) : `${messageOf(thrown)} ${hint}`;
}

/** Whether the server says that what was asked for is not there. */
export function isGone(thrown: unknown): boolean {
  return thrown instanceof UserError && thrown.code === "store.not-found";
}
