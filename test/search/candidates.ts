// Made candidates for tests of the ranking, and the paths of what it makes of them.
import { RANKING, type RankingWeights } from "../../src/search/constants.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { rank } from "../../src/search/rank.ts";
import type { RankCandidate } from "../../src/search/ranked-hit.ts";
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

export const candidatesOf = (...sketches: readonly Sketch[]): RankCandidate[] =>
  sketches.map(({ score = 1, meaning = 0, ...sketch }, index) => ({
    chunk: chunkOf({ id: index + 1, startLine: 1 + index * 100, ...sketch }),
    score,
    meaning,
    matched: ["lexical"],
  }));

export const pathsOf = (query: string, weights: RankingWeights, candidates: readonly RankCandidate[]) =>
  rank(candidates, analyseQuery(query), weights).map(({ path }) => path);
