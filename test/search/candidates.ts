// Made candidates for tests of the ranking, and what it makes of them.
import { ChunkBook } from "../../src/search/chunk-book.ts";
import { RANKING, type RankingWeights } from "../../src/search/constants.ts";
import { columnsOf } from "../../src/search/finds.ts";
import { analyseQuery, type QueryAnalysis } from "../../src/search/query.ts";
import { rank } from "../../src/search/rank.ts";
import type { RankCandidate, RankedHit } from "../../src/search/ranked-hit.ts";
import type { StoredChunk } from "../../src/store/index-store.ts";
import { type ChunkSketch, chunkOf } from "./memory-store.ts";

/** Only the named part counts. */
export const ONLY = (part: Partial<RankingWeights>): RankingWeights => ({
  ...RANKING,
  definition: 0,
  fileStem: 0,
  folder: 0,
  path: 0,
  coherence: 0,
  meaningUnnamed: RANKING.meaning,
  saturation: 1,
  roles: { ...RANKING.roles, test: 1, docs: 1, example: 1, data: 1, generated: 1, vendored: 1, declaration: 1 },
  ...part,
});

export type Sketch = ChunkSketch & { readonly score?: number; readonly meaning?: number };

export type Candidate = RankCandidate<StoredChunk>;

export const candidatesOf = (...sketches: readonly Sketch[]): Candidate[] =>
  sketches.map(({ score = 1, meaning = 0, ...sketch }, index) => ({
    chunk: chunkOf({ id: index + 1, startLine: 1 + index * 100, ...sketch }),
    score,
    meaning,
    matched: ["lexical"],
  }));

/** All hits, with their chunks. */
export async function rankAll(
  candidates: readonly Candidate[],
  query: QueryAnalysis,
  weights: RankingWeights = RANKING,
  book = new ChunkBook(),
): Promise<RankedHit<StoredChunk>[]> {
  const byId = new Map(candidates.map(({ chunk }) => [chunk.id, chunk]));
  const chunksOf = (ids: readonly number[]) => ids.flatMap((id) => byId.get(id) ?? []);
  const finds = columnsOf(
    candidates.map(({ chunk, score, meaning = 0, matched }) => ({ id: chunk.id, score, meaning, matched })),
  );
  const hits = await rank(finds, query, book, async (ids) => chunksOf(ids), weights);
  return hits.slice(0, hits.length).map((hit) => {
    const chunks = chunksOf(hit.chunks.map(({ id }) => id));
    const lead = byId.get(hit.lead.id);
    if (lead === undefined) throw new Error("a hit of nothing");
    return { ...hit, lead, chunks };
  });
}

export const pathsOf = async (query: string, weights: RankingWeights, candidates: readonly Candidate[]) =>
  (await rankAll(candidates, analyseQuery(query), weights)).map(({ path }) => path);

/** Each chunk as a hit of its own, as a page has it. */
export const hitsOf = (...chunks: readonly StoredChunk[]): RankedHit<StoredChunk>[] =>
  chunks.map((chunk) => ({ path: chunk.path, lead: chunk, chunks: [chunk], score: 1, matched: ["lexical"] }));
