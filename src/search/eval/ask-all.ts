import type { CodeSearch } from "../search-code.ts";
import type { CodeHit, SearchAnswer } from "../answer.ts";
import { measure, type Measures, tokensToFirst } from "./metrics.ts";
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
    const answer = await search.search({ query: question.query }, signal);
    const ms = performance.now() - started;
    const { hits } = answer;
    const read = await readOn(search, question, answer, signal);
    const paths = [...new Set(hits.map(({ path }) => path))];
    answers.push({ question, ms, paths, ...measure(hits, question.relevant), ...read });
    asked(answers.length);
  }
  return answers;
}

/** The tokens read until the first relevant hit by one who goes on to the next pages, as far as figures are told. */
async function readOn(
  search: CodeSearch,
  { query, relevant }: Question,
  first: SearchAnswer<CodeHit>,
  signal?: AbortSignal,
): Promise<Pick<Measures, "tokensToFirst">> {
  const wanted = new Set(relevant.map(({ path }) => path));
  let page = first;
  let before = 0;
  for (;;) {
    const { found, read } = tokensToFirst(page.hits, wanted);
    before += read;
    if (found) return { tokensToFirst: before };
    if (page.nextCursor === undefined || before >= FARTHEST) return { tokensToFirst: Number.POSITIVE_INFINITY };
    page = await search.search({ query, cursor: page.nextCursor }, signal);
  }
}

/** The largest budget that recall is told within. */
const FARTHEST = 2_000;
