import { UserError } from "../errors.ts";
import type { Database } from "../sqlite.ts";
import { allPassing, isOpen, passing } from "./chunk-filter.ts";
import type { Candidate, ChunkFilter, LexicalQuery } from "./index-store.ts";
import { type Query, parseQuery } from "./lexical-clauses.ts";
import { verifyPhrases } from "./phrases.ts";
import { PROMPT } from "./qdrant-client.ts";
import { type ServerFilter, serverFilter } from "./qdrant-points.ts";
import type { SyncTarget } from "./qdrant-sync.ts";
import { type SparseVector, sparseOf } from "./sparse.ts";

/** Candidates per result asked for, where some are dropped after the server has answered. */
const OVERFETCH = 10;

/** Of chunks with equal scores the server takes any; asking for some more lets the order be ours. */
const TIES = 50;

/** Words that begin alike and are taken together. */
const MOST_EXPANSIONS = 64;

type Filter = ServerFilter;
type Ask = (limit: number, filter: Filter) => Promise<Candidate[]>;

/** The nearest chunks by cosine: int8 in memory for the choice, the originals for the order. */
export function searchDense(
  db: Database,
  target: SyncTarget,
  vector: Float32Array,
  limit: number,
  filter?: ChunkFilter,
): Promise<Candidate[]> {
  const { space } = target;
  if (space === null || limit <= 0) return Promise.resolve([]);
  if (vector.length !== space.dimensions) {
    const message = `The index holds vectors of ${space.dimensions} dimensions, not ${vector.length}.`;
    throw new UserError("store.dimension-mismatch", message, { hint: "Index again with --full." });
  }
  const query = Array.from(vector);
  const params = { hnsw_ef: 128, quantization: { rescore: true, oversampling: 2 } };
  return filtered(db, target, limit, filter, (count, restricted) =>
    ask(target, { query, using: "dense", params, limit: count, filter: restricted }),
  );
}

/** Full text on the server, with the weights of the embedded one. */
export async function searchSparse(db: Database, target: SyncTarget, request: LexicalQuery): Promise<Candidate[]> {
  const query = parseQuery(request.terms);
  if (query.clauses.length === 0 || request.limit <= 0) return [];
  return filtered(db, target, request.limit, request.filter, async (limit, filter) => {
    const singles = sparseOf(wordsOf(db, query, (clause) => clause.length === 1).map((word) => [word, 1]));
    const sum = new Map<number, number>();
    const add = (found: readonly Candidate[]) => {
      for (const { id, score } of found) sum.set(id, (sum.get(id) ?? 0) + score);
    };
    add(await askSparse(target, singles, limit, filter));
    for (const clause of query.clauses) {
      if (clause.words.length === 1) continue;
      const words = wordsOf(db, query, (positions) => positions === clause.words);
      const found = await askSparse(target, sparseOf(words.map((word) => [word, 1])), OVERFETCH * limit, filter);
      add(verifyPhrases(db, { words: query.words, clauses: [clause] }, found, () => 0));
    }
    return Array.from(sum, ([id, score]) => ({ id, score }))
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, limit);
  });
}

/** The words of the chosen clauses; the server knows no beginnings of words, so the books say how they may go on. */
function wordsOf(db: Database, query: Query, chosen: (words: readonly number[]) => boolean): string[] {
  const positions = new Set(query.clauses.flatMap(({ words }) => (chosen(words) ? words : [])));
  return Array.from(positions).flatMap((position) => {
    const word = query.words[position];
    if (word === undefined) return [];
    if (!word.prefix) return [word.text];
    return db
      .all<{ term: string }>(
        `SELECT DISTINCT p.term FROM segment s JOIN posting p ON p.segment = s.base
          WHERE p.term >= ? AND p.term < ? LIMIT ?`,
        word.text,
        `${word.text}\u{10FFFF}`,
        MOST_EXPANSIONS,
      )
      .map(({ term }) => term);
  });
}

function askSparse(target: SyncTarget, query: SparseVector, limit: number, filter: Filter): Promise<Candidate[]> {
  if (query.indices.length === 0) return Promise.resolve([]);
  return ask(target, { query, using: "bm25", limit, filter });
}

async function ask(
  { connection, collection }: SyncTarget,
  request: {
    readonly query: number[] | SparseVector;
    readonly using: string;
    readonly limit: number;
    readonly filter: Filter;
    readonly params?: { readonly hnsw_ef: number };
  },
): Promise<Candidate[]> {
  const { points } = await connection.send(
    (client) => client.query(collection, { ...request, limit: request.limit + TIES, with_payload: ["chunk"] }),
    PROMPT,
  );
  return points.map(({ payload, score }) => ({ id: Number(payload?.["chunk"]), score }));
}

/** As in the embedded store: the best of all are seen through first; where too few of them pass, only those that pass are asked for. */
async function filtered(
  db: Database,
  { tenant }: SyncTarget,
  limit: number,
  filter: ChunkFilter | undefined,
  search: Ask,
): Promise<Candidate[]> {
  const onServer = serverFilter(tenant, filter);
  // The server knows neither globs nor the files that an exchange touched.
  if (filter?.pathGlob === undefined && filter?.file === undefined)
    return present(db, await search(limit, onServer), limit);
  const wide = await search(OVERFETCH * limit, onServer);
  const kept = present(db, wide, wide.length, filter);
  if (kept.length >= limit || wide.length < OVERFETCH * limit) return kept.slice(0, limit);
  const ids = Array.from(allPassing(db, filter).chunks);
  const restricted: ServerFilter = { must: [...onServer.must, { key: "chunk", match: { any: ids } }] };
  return present(db, await search(limit, restricted), limit);
}

/** Of these, in their order, those that the books still have and that pass the filter. */
function present(db: Database, found: readonly Candidate[], limit: number, filter: ChunkFilter = {}): Candidate[] {
  const ids = passing(
    db,
    isOpen(filter) ? {} : filter,
    found.map(({ id }) => id),
  );
  return found
    .filter(({ id }) => ids.has(id))
    .toSorted((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, limit);
}
