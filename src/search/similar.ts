import type { ChunkBook } from "./chunk-book.ts";
import { UserError } from "../errors.ts";
import type { StoredChunk } from "../store/index-store.ts";
import { CANDIDATES, NAMELESS, type RankingWeights } from "./constants.ts";
import { type CandidateSources, findBoth, noticeOf } from "./find-candidates.ts";
import { withoutFind } from "./finds.ts";
import { fuse } from "./fuse.ts";
import { lexicalTerms } from "./lexical-terms.ts";
import type { RankedHits } from "./ranked-hit.ts";
import { analyseQuery, type QueryAnalysis } from "./query.ts";
import { rank } from "./rank.ts";

export interface SimilarHits {
  /** The place itself read as a query, for the snippets. */
  readonly query: QueryAnalysis;
  readonly ranking: RankedHits;
  readonly notice?: string;
}

/** Ranks code that resembles the chunk at a line, the chunk itself left out. */
export async function similarTo(
  { store, embedder, queryVector, book }: CandidateSources & { readonly book: ChunkBook },
  place: { readonly path: string; readonly line: number },
  weights: RankingWeights,
  signal?: AbortSignal,
): Promise<SimilarHits> {
  const chunk = chunkAt(await store.chunksOf(place.path), place.line);
  if (!chunk) {
    throw new UserError("index.not-found", `Nothing is indexed at ${place.path}:${place.line}.`, {
      hint: "Give the path of an indexed file relative to the workspace, and a line that is not blank.",
    });
  }
  const query = analyseQuery(`${chunk.symbol ?? ""} ${chunk.defines.join(" ")} ${chunk.text}`);
  const { lexical, near } = await findBoth(store, {
    words: () => store.searchLexical({ terms: lexicalTerms(query), limit: CANDIDATES }),
    vector: embedder === null ? null : queryVector(embedder, chunk.text, signal),
    filter: {},
  });
  signal?.throwIfAborted();
  const vector = near && "found" in near ? near.found : [];
  const finds = withoutFind(fuse(lexical, vector, SIMILAR_VECTOR_SHARE), chunk.id);
  // Names and paths say nothing here: what resembles a test is a test.
  const plain = { ...weights, ...NAMELESS, meaning: 0, meaningUnnamed: 0, roles: EQUAL_ROLES };
  const hits = await rank(finds, query, book, (ids) => store.heads(ids), plain);
  return { query, ranking: hits, ...noticeOf(store, near, "Compared by words only") };
}

/** The chunk that holds a line, else the next one after it: a blank line belongs to what follows. */
function chunkAt(chunks: readonly StoredChunk[], line: number): StoredChunk | undefined {
  const ordered = chunks.toSorted((a, b) => a.startLine - b.startLine);
  return ordered.find(({ endLine }) => endLine >= line);
}

/** Likeness is what vectors measure; common words only break ties. */
const SIMILAR_VECTOR_SHARE = 0.8;
const EQUAL_ROLES = {
  source: 1,
  test: 1,
  docs: 1,
  example: 1,
  vendored: 1,
  generated: 1,
  data: 1,
  declaration: 1,
} as const;
