import { RANKING, type RankingWeights } from "../constants.ts";
import type { CodeSearch } from "../search-code.ts";
import { ablate, type Contribution, contributions } from "./ablation.ts";
import { askAll } from "./ask-all.ts";
import { formatContributions, formatSummaries } from "./format-report.ts";
import type { Question } from "./questions.ts";
import { summarise, type Summary } from "./summary.ts";

/** What an evaluation found. */
export interface EvalReport {
  /** Over all questions, then per set, kind, language and repository. */
  readonly summaries: readonly Summary[];
  /** What each part of the ranking contributes; empty unless asked for. */
  readonly parts: readonly Contribution[];
}

export interface EvalOptions {
  /** Gives a search of one index with these weights. */
  readonly searchWith: (weights: RankingWeights) => CodeSearch;
  /** Asks everything again without each part of the ranking, which takes as many times as long. */
  readonly ablate: boolean;
  readonly signal?: AbortSignal;
  /** Told after each question of the first round. */
  readonly onAsked?: (done: number) => void;
}

/** Asks questions with known answers of an index, and measures what comes. */
export async function evaluate(questions: readonly Question[], options: EvalOptions): Promise<EvalReport> {
  const { searchWith, signal, onAsked } = options;
  const asked = await askAll(questions, searchWith(RANKING), signal, onAsked);
  const runs = options.ablate ? await ablate(questions, searchWith, signal) : [];
  return { summaries: summarise(asked), parts: contributions(asked, runs) };
}

/** The report as people read it. */
export function formatReport({ summaries, parts }: EvalReport): string {
  const tables = [formatSummaries(summaries), ...(parts.length > 0 ? [formatContributions(parts)] : [])];
  return tables.join("\n\n");
}
