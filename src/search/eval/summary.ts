import type { Asked } from "./ask-all.ts";
import { bootstrap, type Interval, meanOf, quantile } from "./bootstrap.ts";
import type { Question } from "./questions.ts";
import { groupBy } from "../group-by.ts";

/** The figures of one group of questions. */
export interface Summary {
  readonly group: string;
  readonly questions: number;
  readonly ndcg10: Interval;
  readonly mrr10: number;
  readonly hit1: number;
  readonly recall5: number;
  readonly recall10: number;
  /** Share of the questions whose first relevant hit is read within so many tokens. */
  readonly within500: number;
  readonly within2000: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** The figures over all questions, then per set, kind, language and repository where there are several. */
export function summarise(asked: readonly Asked[]): Summary[] {
  const summaries = [summaryOf("all", asked)];
  for (const field of ["set", "category", "lang", "repo"] as const satisfies readonly (keyof Question)[]) {
    const groups = groupBy(asked, ({ question }) => question[field]);
    if (groups.size < 2) continue;
    for (const [value, group] of groups) summaries.push(summaryOf(`${field} ${value}`, group));
  }
  return summaries;
}

/** The figures of one group of questions; latencies in milliseconds. */
export function summaryOf(group: string, asked: readonly Asked[]): Summary {
  const mean = (key: "mrr10" | "hit1" | "recall5" | "recall10") => meanOf(asked.map((row) => row[key]));
  const within = (tokens: number) => meanOf(asked.map(({ tokensToFirst }) => (tokensToFirst <= tokens ? 1 : 0)));
  const times = asked.map(({ ms }) => ms);
  return {
    group,
    questions: asked.length,
    ndcg10: bootstrap(asked.map(({ ndcg10 }) => ndcg10)),
    mrr10: mean("mrr10"),
    hit1: mean("hit1"),
    recall5: mean("recall5"),
    recall10: mean("recall10"),
    within500: within(500),
    within2000: within(2_000),
    p50Ms: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
  };
}
