import type { Database } from "../../sqlite.ts";
import { allPassing, isOpen, passing } from "../chunk-filter.ts";
import { dimensionMismatch } from "../dimension-mismatch.ts";
import type { Candidate, ChunkFilter, LexicalQuery } from "../index-store.ts";
import { parseQuery } from "../lexical/lexical-clauses.ts";
import { type ImpactedChunk, impactsIn, scoreHere, weighWords } from "./qdrant-lexical.ts";
import { type ServerFilter, chunkNumbers, serverFilter } from "./qdrant-points.ts";
import type { SyncTarget } from "./qdrant-sync.ts";
import { type SparseVector, sparseOf } from "./sparse.ts";

/** Candidates per result asked for, where some are dropped after the server has answered. */
const OVERFETCH = 10;

/** Of chunks with equal scores the server takes any; asking for some more lets the order be ours. */
const TIES = 4;

/** How many more are asked for where those were not enough; and at once where a list is long anyway, to ask but once. */
const MANY_TIES = 50;
const LONG = 100;

/** What no chunk is numbered: a point that somebody else wrote under our name is nothing that is found. */
const NO_CHUNK = 0;

/** A phrase needs a look at the text of its candidates; this many of the best are looked at, as in the embedded store. */
const PHRASE_CANDIDATES = 200;

/**
 * Candidates that the search of the graph keeps. Among a million chunks of code it finds 0.96 of the exact ten nearest by 512, 0.91
 * by 128, for a millisecond more of the server's time; docs/scale.md has the table.
 */
const HNSW_EF = 512;

type Ask = (limit: number, filter: ServerFilter) => Promise<Candidate[]>;

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
  if (vector.length !== space.dimensions) throw dimensionMismatch(space.dimensions, vector.length);
  const query = wholeNumbers(vector);
  const params = { hnsw_ef: HNSW_EF, quantization: { rescore: true, oversampling: 2 } };
  return filtered(db, target, limit, filter, (count, restricted) =>
    ask(target, { query, using: "dense", params, limit: count, filter: restricted }),
  );
}

/** The server brings a question to length 1 by itself: seven digits hold its direction, and are half of a fraction's text. */
function wholeNumbers(vector: Float32Array): number[] {
  const largest = vector.reduce((most, component) => Math.max(most, Math.abs(component)), 0);
  return Array.from(vector, (component) => (largest === 0 ? 0 : Math.round((component / largest) * 9_999_999)));
}

/**
 * Full text on the server: BM25F with the weights of the embedded one, so that both score alike. Phrases and beginnings of
 * words are not known there: the best that hold their words are scored here, by the impacts that the server gives back.
 */
export async function searchSparse(db: Database, target: SyncTarget, request: LexicalQuery): Promise<Candidate[]> {
  const query = parseQuery(request.terms);
  if (query.clauses.length === 0 || request.limit <= 0) return [];
  const words = weighWords(db, query.words);
  const asked = sparseOf(
    query.clauses.flatMap((clause) =>
      clause.words.flatMap((position) => {
        const { terms = [], weight = 0 } = words[position] ?? {};
        return terms.map((term) => [term, weight] as const);
      }),
    ),
  );
  if (asked.indices.length === 0) return [];
  const isPlain = query.clauses.every((clause) => clause.words.length === 1) && query.words.every((w) => !w.prefix);
  return filtered(db, target, request.limit, request.filter, async (limit, filter) => {
    const search = { query: asked, using: "bm25", filter };
    if (isPlain) return ask(target, { ...search, limit });
    const found = await askWithImpacts(target, { ...search, limit: Math.max(PHRASE_CANDIDATES, limit) });
    return scoreHere(db, query, words, found).slice(0, limit);
  });
}

interface Request {
  readonly query: number[] | SparseVector;
  readonly using: string;
  readonly limit: number;
  readonly filter: ServerFilter;
  readonly params?: { readonly hnsw_ef: number };
}

async function ask({ connection, collection, tenant }: SyncTarget, request: Request): Promise<Candidate[]> {
  const first = (limit: number) => connection.query(collection, { ...request, limit });
  const found = await first(request.limit + (request.limit < LONG ? TIES : MANY_TIES));
  const [last, asked] = [found.at(-1), found[request.limit - 1]];
  const isOpenEnded = found.length === request.limit + TIES && last?.score === asked?.score;
  const numberOf = chunkNumbers(tenant);
  const all = isOpenEnded ? await first(request.limit + MANY_TIES) : found;
  return all.map(({ id, score }) => ({ id: numberOf(id) ?? NO_CHUNK, score }));
}

/** The same with each chunk's impacts by the number of their term. */
async function askWithImpacts(target: SyncTarget, request: Request): Promise<ImpactedChunk[]> {
  const { connection, collection, tenant } = target;
  const limit = request.limit + MANY_TIES;
  const found = await connection.query(collection, { ...request, limit, with_vector: ["bm25"] });
  const numberOf = chunkNumbers(tenant);
  return found.map(({ id, vector }) => ({ id: numberOf(id) ?? NO_CHUNK, impacts: impactsIn(vector) }));
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
