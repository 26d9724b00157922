import type { Embedder } from "../embed/embedder.ts";
import { UserError } from "../errors.ts";
import type { Candidate, ChunkFilter } from "../store/index-store.ts";
import type { SearchStore } from "./search-store.ts";
import { CANDIDATES, type RankingWeights } from "./constants.ts";
import { shareOf } from "./coverage.ts";
import { weighEvidence } from "./evidence.ts";
import { type Finds, columnsOf } from "./finds.ts";
import { fuse } from "./fuse.ts";
import { begunSymbol, lexicalTerms } from "./lexical-terms.ts";
import { pool, standardised } from "./pool.ts";
import type { QueryAnalysis } from "./query.ts";
import type { QueryVector } from "./query-vector.ts";

/** Where candidates come from. */
export interface CandidateSources {
  readonly store: SearchStore;
  /** null where search is lexical only. */
  readonly embedder: Embedder | null;
  readonly queryVector: (embedder: Embedder, text: string, signal?: AbortSignal) => Promise<QueryVector>;
}

export interface FoundCandidates {
  readonly finds: Finds;
  /** What meaning has found: each tells which text of a chunk is nearest. */
  readonly nearest: readonly Candidate[];
  /** What the caller should know, such as why meaning was left out; absent where nothing was, or by choice. */
  readonly notice?: string;
}

/** Full text and meaning, asked at once and fused. */
export async function findCandidates(
  { store, embedder, queryVector }: CandidateSources,
  query: QueryAnalysis,
  filter: ChunkFilter,
  weights: RankingWeights,
  signal?: AbortSignal,
): Promise<FoundCandidates> {
  const { lexical: found, near } = await findBoth(store, {
    words: () => findLexically(store, query, filter, depthOf(query, filter, weights)),
    vector: embedder === null || query.text === "" ? null : queryVector(embedder, query.text, signal),
    filter,
    isCentred: weights.pool !== undefined,
  });
  signal?.throwIfAborted();
  const { lexical, covered } = await weighEvidence(store, query, filter, found, weights);
  const vector = near && "found" in near ? near.found : [];
  const share = weights.coverage ? shareOf(weights.vectorShare, covered, weights.coverage) : weights.vectorShare;
  const finds = weights.pool ? columnsOf(pool(lexical, vector, share, weights.pool)) : fuse(lexical, vector, share);
  const notice = noticeOf(store, near, "Found by full text only", lexical.length === 0);
  return { finds, nearest: vector, ...notice };
}

/** What is near to a query, or why nobody can tell. */
export type Near = { readonly found: readonly Candidate[] } | { readonly missing: string };

/** What the caller should know of an answer: why words or meaning were left out, and what the store has to say. */
export function noticeOf(
  store: SearchStore,
  near: Near | null,
  wordsOnly: string,
  isWordless = false,
): { readonly notice?: string } {
  const isMissed = near && "missing" in near && !(isWordless && near.missing === NONE_EMBEDDED);
  const notices = [
    ...(isMissed ? [`${wordsOnly}, not by meaning: ${near.missing.replace(/\.$/, "")}.`] : []),
    // Whatever is asked, something is the nearest.
    ...(isWordless && near && "found" in near && near.found.length > 0 ? [NEAREST_ONLY] : []),
    ...(store.notice ? [store.notice] : []),
  ];
  return notices.length === 0 ? {} : { notice: notices.join(" ") };
}

/** Where nothing is found at all that says nothing. */
const NONE_EMBEDDED = "none of it is embedded yet";
const NEAREST_ONLY = "No word of the query was found: these are only the nearest in meaning, however far that is.";

/** Words while the query is embedded; on a server, once it is: both then go there together, in one round trip. */
export async function findBoth(
  store: SearchStore,
  asked: {
    readonly words: () => Promise<Candidate[]>;
    readonly vector: Promise<QueryVector> | null;
    readonly filter: ChunkFilter;
    /** Whether nearness is measured from the mean of all texts, in standard deviations. */
    readonly isCentred?: boolean;
  },
): Promise<{ readonly lexical: Candidate[]; readonly near: Near | null }> {
  if (store.isRemote === true) await asked.vector;
  const meaning = async () => {
    const embedded = await asked.vector;
    return embedded && (await findNear(store, embedded, asked.filter, asked.isCentred));
  };
  const [lexical, near] = await Promise.all([asked.words(), meaning()]);
  return { lexical, near };
}

/** Meaning; where the server with the vectors does not answer, the words have to do. */
export async function findNear(
  store: SearchStore,
  embedded: QueryVector,
  filter: ChunkFilter,
  isCentred = false,
): Promise<Near> {
  if ("missing" in embedded) return embedded;
  try {
    const found = await (isCentred ? findCentred : findNearest)(store, embedded.vector, filter);
    return found.length === 0 ? { missing: NONE_EMBEDDED } : { found };
  } catch (error) {
    if (error instanceof UserError && error.code === "store.unreachable") return { missing: error.message };
    throw error;
  }
}

async function findNearest(
  store: SearchStore,
  vector: Float32Array,
  filter: ChunkFilter,
): Promise<readonly Candidate[]> {
  return await store.searchVector(vector, CANDIDATES, filter);
}

/** Of raw nearness most tells what all texts have in common: among its first 200 the answer need not be. */
async function findCentred(
  store: SearchStore,
  vector: Float32Array,
  filter: ChunkFilter,
): Promise<readonly Candidate[]> {
  const found = await findNearest(store, (await store.passages?.apart(vector)) ?? vector, filter);
  return (await store.passages?.centred(vector, found)) ?? standardised(found);
}

/** Full text; a symbol that nobody wrote like that is taken for the beginning of one. */
async function findLexically(
  store: SearchStore,
  query: QueryAnalysis,
  filter: ChunkFilter,
  limit: number,
): Promise<Candidate[]> {
  const terms = lexicalTerms(query);
  if (terms.length === 0) return [];
  const symbol = begunSymbol(query);
  const known = symbol === null || (await store.searchLexical({ terms: [symbol.whole], limit: 1, filter })).length > 0;
  return store.searchLexical({ terms: known ? terms : [...terms, symbol.begun], limit, filter });
}

/** How many finds by words are looked at; a phrase and a filter cost a look at the row of each, and narrow by themselves. */
function depthOf(query: QueryAnalysis, filter: ChunkFilter, { depth }: RankingWeights): number {
  const isNarrow = query.phrases.length > 0 || Object.values(filter).some((value) => value !== undefined);
  return isNarrow ? CANDIDATES : depth;
}
