import type { Candidate, ChunkFilter } from "../store/index-store.ts";
import { CANDIDATES } from "./constants.ts";
import { lexicalTerms } from "./lexical-terms.ts";
import type { QueryAnalysis } from "./query.ts";
import type { SearchStore } from "./search-store.ts";

/**
 * Exchanges that touched a file which the query names (`which session touched auth.ts`), by what else it says; empty where it
 * names none. Their names are mostly made of words that every other file has as well, so words alone do not find them.
 */
export async function findTouched(store: SearchStore, query: QueryAnalysis, filter: ChunkFilter): Promise<Candidate[]> {
  if (filter.file !== undefined) return [];
  const terms = lexicalTerms(query);
  const files = Array.from(query.text.matchAll(FILE), ([file]) => file).slice(0, MOST_FILES);
  const found = await Promise.all(
    files.map((file) => store.searchLexical({ terms, limit: CANDIDATES, filter: { ...filter, file } })),
  );
  return found.flat();
}

/**
 * `auth.ts`, `src/auth.ts`, `.env.local`; what only looks so, as `node.js` may, was touched by nobody. `auth.ts:12:5` is a
 * place in an error, which is asked for as it was written.
 */
const FILE = /(?<![^\s"'`(])[\w@.+/\\-]*\.[A-Za-z]\w{0,9}(?![\w./\\-]*\w)(?!:\d)/g;
/** Each is looked for by itself. */
const MOST_FILES = 3;
