import { CANDIDATES, RANKING, type RankingWeights } from "../constants.ts";
import type { CodeSearch } from "../search-code.ts";
import { type Asked, askAll } from "./ask-all.ts";
import { bootstrap, type Interval } from "./bootstrap.ts";
import type { Question } from "./questions.ts";

/** What one part of the ranking contributes: the loss of NDCG@10 without it, question by question. */
export interface Contribution {
  readonly part: string;
  /** NDCG@10 without the part. */
  readonly without: number;
  /** With the part minus without it; an interval that holds 0 says that these questions do not show a gain. */
  readonly gain: Interval;
}

/** The parts of the ranking, each switched off by its neutral value. */
export const PARTS: readonly { readonly name: string; readonly off: (weights: RankingWeights) => RankingWeights }[] = [
  { name: "vectors", off: (weights) => ({ ...weights, vectorShare: 0, meaning: 0, meaningUnnamed: 0 }) },
  { name: "full text", off: (weights) => ({ ...weights, vectorShare: 1 }) },
  { name: "meaning without names", off: (weights) => ({ ...weights, meaningUnnamed: weights.meaning }) },
  { name: "depth", off: (weights) => ({ ...weights, depth: CANDIDATES }) },
  { name: "definition", off: (weights) => ({ ...weights, definition: 0 }) },
  { name: "file stem", off: (weights) => ({ ...weights, fileStem: 0 }) },
  { name: "folder", off: (weights) => ({ ...weights, folder: 0 }) },
  { name: "scope", off: (weights) => ({ ...weights, scope: 0 }) },
  { name: "related words", off: (weights) => ({ ...weights, related: 0 }) },
  { name: "path in query", off: (weights) => ({ ...weights, path: 0 }) },
  { name: "coherence", off: (weights) => ({ ...weights, coherence: 0 }) },
  { name: "saturation", off: (weights) => ({ ...weights, saturation: 1 }) },
  ...(["test", "docs", "example", "data", "generated", "vendored", "declaration"] as const).map((role) => ({
    name: `${role} penalty`,
    off: (weights: RankingWeights) => ({ ...weights, roles: { ...weights.roles, [role]: 1 } }),
  })),
];

/** Asks all questions again without each part in turn. `searchWith` gives a search of the same index. */
export async function ablate(
  questions: readonly Question[],
  searchWith: (weights: RankingWeights) => CodeSearch,
  signal?: AbortSignal,
): Promise<{ part: string; asked: Asked[] }[]> {
  const runs: { part: string; asked: Asked[] }[] = [];
  for (const { name, off } of PARTS) {
    runs.push({ part: name, asked: await askAll(questions, searchWith(off(RANKING)), signal) });
  }
  return runs;
}

type Worth = Pick<Asked, "ndcg10">;

/** What each part contributes, the most first. */
export function contributions(
  whole: readonly Worth[],
  runs: readonly { readonly part: string; readonly asked: readonly Worth[] }[],
): Contribution[] {
  return runs
    .map(({ part, asked }) => ({
      part,
      without: bootstrap(asked.map(({ ndcg10 }) => ndcg10)).mean,
      gain: bootstrap(whole.map(({ ndcg10 }, index) => ndcg10 - (asked[index]?.ndcg10 ?? 0))),
    }))
    .toSorted((a, b) => b.gain.mean - a.gain.mean);
}
