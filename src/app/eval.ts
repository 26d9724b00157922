import { readFileSync } from "node:fs";
import type { App } from "../app.ts";
import { currentChunks } from "../indexer/current-chunks.ts";
import { messageOf, UserError } from "../errors.ts";
import type { RankingWeights } from "../search/constants.ts";
import { ablate, type Contribution, contributions } from "../search/eval/ablation.ts";
import { askAll } from "../search/eval/ask-all.ts";
import { formatContributions, formatSummaries } from "../search/eval/format-report.ts";
import { parseQuestions } from "../search/eval/questions.ts";
import { summarise, type Summary } from "../search/eval/summary.ts";
import { createCodeSearch } from "../search/search-code.ts";

export interface Evaluation {
  readonly summaries: readonly Summary[];
  /** What each part of the ranking contributes; empty unless asked for. */
  readonly contributions: readonly Contribution[];
  /** Paths of answers that are not in the index, so that no search could find them. */
  readonly missing: readonly string[];
}

export interface EvaluateOptions {
  /** Questions, one JSON object per line: {id, query, relevant: [{path, start?, end?}], set?, category?, lang?}. */
  readonly file: string;
  readonly ablate: boolean;
  readonly signal: AbortSignal;
  readonly onAsked: (done: number) => void;
}

/**
 * Asks the questions of a file of the app's index, and measures the answers.
 * @throws UserError `request.questions` for a file of none, `index.empty` where there is nothing to search.
 */
export async function evaluate(app: App, options: EvaluateOptions): Promise<Evaluation> {
  const questions = parseQuestions(readQuestions(options.file));
  // Every score would be 0, which says nothing of the search.
  if ((await app.store.stats()).chunks === 0) {
    throw new UserError("index.empty", `Nothing is indexed of ${app.workspace.root}.`, {
      hint: "Run `codelab-mcp index` first.",
    });
  }
  const indexed = await app.store.sources();
  const wanted = new Set(questions.flatMap(({ relevant }) => relevant.map((place) => place.path)));
  const missing = [...wanted].filter((file) => indexed.get(file)?.skipped !== null);
  const embedder = await app.embedding.find();
  const searchWith = (weights?: RankingWeights) =>
    createCodeSearch({
      store: app.store,
      embedder: () => embedder,
      facts: () => ({ freshness: app.freshness, embedder: app.embedding.label() }),
      verify: async (paths, signal) => await currentChunks(app.sync, paths, signal),
      // A question that waits for no vector would measure another search than users get.
      embedWaitMs: 60_000,
      ...(weights === undefined ? {} : { weights }),
    });
  const whole = await askAll(questions, searchWith(), options.signal, options.onAsked);
  const runs = options.ablate ? await ablate(questions, searchWith, options.signal) : [];
  return { summaries: summarise(whole), contributions: contributions(whole, runs), missing };
}

/** The evaluation as tables for people. */
export function formatEvaluation({ summaries, contributions: parts }: Evaluation): string {
  const tables = [formatSummaries(summaries), ...(parts.length === 0 ? [] : [formatContributions(parts)])];
  return `${tables.map((table) => table.trimEnd()).join("\n\n")}\n`;
}

function readQuestions(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError("request.questions", `cannot read ${file}: ${messageOf(error)}`, {
      hint: "It is a file with one question a line; `codelab-mcp eval --help` says how they look.",
      cause: error,
    });
  }
}
