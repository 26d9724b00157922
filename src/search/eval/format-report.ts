import type { Contribution } from "./ablation.ts";
import type { Interval } from "./bootstrap.ts";
import type { Summary } from "./summary.ts";

/** The figures as a table for people. */
export function formatSummaries(summaries: readonly Summary[]): string {
  const head = [
    "",
    "questions",
    "NDCG@10",
    "95 %",
    "MRR@10",
    "hit@1",
    "R@5",
    "R@10",
    "in 500 t",
    "in 2000 t",
    "p50 ms",
    "p95 ms",
  ];
  const rows = summaries.map((row) => [
    row.group,
    String(row.questions),
    row.ndcg10.mean.toFixed(4),
    rangeOf(row.ndcg10),
    ...[row.mrr10, row.hit1, row.recall5, row.recall10, row.within500, row.within2000].map((value) => value.toFixed(3)),
    row.p50Ms.toFixed(1),
    row.p95Ms.toFixed(1),
  ]);
  return tableOf([head, ...rows]);
}

/** What each part of the ranking contributes, as a table for people. */
export function formatContributions(parts: readonly Contribution[]): string {
  const rows = parts.map(({ part, without, gain }) => [part, without.toFixed(4), signed(gain.mean), rangeOf(gain)]);
  return tableOf([["without", "NDCG@10", "gain", "95 %"], ...rows]);
}

function rangeOf({ low, high }: Interval): string {
  return `${low.toFixed(3)}..${high.toFixed(3)}`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}
