import type { PlainHandler } from "../../../src/http-plain.ts";

/** Asks a handler without a server in between; null for a path that is not its own. */
export async function ask(handle: PlainHandler, url: string, init: RequestInit = {}): Promise<Response | null> {
  const request = new Request(url, init);
  const { pathname, search } = new URL(url);
  const answer = await handle({
    method: request.method,
    target: pathname + search,
    headers: Object.fromEntries(request.headers),
    body: Buffer.from(await request.arrayBuffer()),
    // A request's own signal follows this one only later.
    signal: init.signal ?? request.signal,
  });
  if (answer === null) return null;
  const { status, headers, body } = answer;
  return new Response(body === "" ? null : body, { status, headers });
}
