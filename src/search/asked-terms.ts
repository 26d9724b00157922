import { termsOf } from "../terms.ts";
import type { QueryAnalysis } from "./query.ts";

/** Tells of a text how many different terms of the query it says. */
export function askedTerms({ stems, identifiers }: Pick<QueryAnalysis, "stems" | "identifiers">) {
  const asked = new Set([...stems, ...identifiers.map(({ whole }) => whole)]);
  const beginnings = [...asked].map(beginningOf).filter((text) => text !== "");
  const pattern = new RegExp(beginnings.map((text) => text.replaceAll(/[^\p{L}\p{N}]/gu, "\\$&")).join("|"), "i");
  return (text: string): number => {
    // Most lines say none of them, and taking a line apart takes longer than all else that is done with it.
    if (ASCII.test(text) && !pattern.test(text.includes("_") ? text.replaceAll("_", "") : text)) return 0;
    return new Set(termsOf(text).filter((term) => asked.has(term))).size;
  };
}

/** What every word of a stem begins with: the stem, but for `query` of `queries`. */
function beginningOf(stem: string): string {
  return stem.endsWith("y") && stem.length > 1 ? stem.slice(0, -1) : stem;
}

/** Other texts are brought to one form before they are taken apart. */
const ASCII = /^[ -~\s]*$/;
