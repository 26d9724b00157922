import type { CodeSearch } from "../search-code.ts";
import { measure, type Measures } from "./metrics.ts";
import type { Question } from "./questions.ts";

/** One question asked: what came and what it is worth. */
export interface Asked extends Measures {
  readonly question: Question;
  /** Milliseconds from question to answer, the embedding of the question included. */
  readonly ms: number;
  /** The files found, best first, each once. */
  readonly paths: readonly string[];
}

/** Asks every question of one index, one after the other, and measures the answers. */
export async function askAll(
  questions: readonly Question[],
  search: CodeSearch,
  signal?: AbortSignal,
  asked: (done: number) => void = () => {},
): Promise<Asked[]> {
  const answers: Asked[] = [];
  for (const question of questions) {
    signal?.throwIfAborted();
    const started = performance.now();
    const { hits } = await search.search({ query: question.query }, signal);
    const ms = performance.now() - started;
    const paths = [...new Set(hits.map(({ path }) => path))];
    answers.push({ question, ms, paths, ...measure(hits, question.relevant) });
    asked(answers.length);
  }
  return answers;
}
