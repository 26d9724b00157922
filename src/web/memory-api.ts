import { UserError } from "../errors.ts";
import type { MemoryPorts } from "./ports.ts";
import { json } from "./respond.ts";

/** Hits of one page: a screen or two. */
const LIMIT = 10;
/** Tokens of text over all hits of a page: people read more of a hit than a model needs. */
const TOKENS = 3_000;

/** Answers `?q=…&in=code|conversations&cursor=…` with hits. @throws UserError `request.*` as the search does. */
export async function searchMemory(request: Request, memory: MemoryPorts): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const query = searchParams.get("q") ?? "";
  const cursor = searchParams.get("cursor") ?? undefined;
  const where = searchParams.get("in") ?? "code";
  const asked = { query, limit: LIMIT, cursor };
  if (where === "code") return json(await memory.searchCode({ ...asked, maxTokens: TOKENS }, request.signal));
  if (where === "conversations") return json(await memory.searchConversations(asked, request.signal));
  throw new UserError("request.bad-arguments", `there is nothing called ${JSON.stringify(where)} to search in`);
}

/** Answers with what is indexed, and how far. */
export async function showIndex(memory: MemoryPorts): Promise<Response> {
  return json(await memory.status());
}
