import { askedTerms } from "./asked-terms.ts";
import { CHARACTERS_PER_TOKEN } from "./constants.ts";
import type { QueryAnalysis } from "./query.ts";

/** Stands for the lines left out between two that are shown. */
export const GAP = "…";

export interface SnippetSource {
  readonly text: string;
  /** Names defined in the text, the most wanted first: the line that defines the first one found comes first. */
  readonly names: readonly string[];
  /** The part of the text that is nearest in meaning, where that is known. */
  readonly said?: string | undefined;
}

/**
 * The lines of a hit that matter, in their order, within `maxTokens`: the line that defines it, the lines that say most
 * of what is asked, and what stands next to them. A text that fits is given whole. At least one line is always given,
 * cut where it alone is too long.
 */
export function snippetOf(source: SnippetSource, query: QueryAnalysis, maxTokens: number): string {
  const budget = Math.max(LEAST_TOKENS, maxTokens) * CHARACTERS_PER_TOKEN;
  if (source.text.length <= budget) return source.text;
  const lines = source.text.split("\n");
  const worth = worthOf(lines, source, query);
  const order = lines.map((_, index) => index).toSorted((a, b) => (worth[b] ?? 0) - (worth[a] ?? 0) || a - b);
  const shown = new Set<number>();
  // A gap mark may go before each line, and one after the last: counting them always keeps the sum a bound.
  let spent = GAP.length;
  for (const index of order) {
    const cost = (lines[index] ?? "").length + 1 + GAP.length + 1;
    if (spent + cost > budget) {
      if (shown.size > 0) continue;
      return cut(lines[index] ?? "", budget);
    }
    // Blank lines and lone brackets say something only where they follow what is shown.
    if (!WORD.test(lines[index] ?? "") && !shown.has(index - 1)) continue;
    shown.add(index);
    spent += cost;
  }
  return shown.size > 0 ? joined(lines, shown) : cut(source.text, budget);
}

/** What each line is worth: what it says of the query, that it defines the hit, and a part of what its neighbours are. */
function worthOf(lines: readonly string[], { names, said }: SnippetSource, query: QueryAnalysis): number[] {
  const own = lines.map(askedTerms(query));
  if (said !== undefined) {
    for (const [index, line] of lines.entries()) if (isIn(said, line)) own[index] = (own[index] ?? 0) + SAID_WORTH;
  }
  const defining = definingLine(lines, names);
  if (defining >= 0) own[defining] = (own[defining] ?? 0) + DEFINING_WORTH;
  else own[0] = (own[0] ?? 0) + 1;
  return own.map((worth, index) => {
    let most = worth;
    for (const [offset, share] of NEAR) most = Math.max(most, (own[index + offset] ?? 0) * share);
    return most;
  });
}

/** The line that defines the first of the names that is found. */
function definingLine(lines: readonly string[], names: readonly string[]): number {
  for (const name of names) {
    const having = lines.flatMap((line, index) => (holdsWhole(line, name) ? [index] : []));
    const code = having.filter((index) => !COMMENT.test(lines[index] ?? ""));
    const indents = code.map((index) => (lines[index] ?? "").search(/\S/));
    // What uses a name stands deeper than what defines it.
    const found = code[indents.indexOf(Math.min(...indents))] ?? having[0];
    if (found !== undefined) return found;
  }
  return -1;
}

/** Whether a name stands in a line as itself, not as a part of a longer one. */
function holdsWhole(line: string, name: string): boolean {
  for (let at = line.indexOf(name); at >= 0 && name !== ""; at = line.indexOf(name, at + name.length)) {
    if (!NAME_PART.test(line[at - 1] ?? "") && !NAME_PART.test(line[at + name.length] ?? "")) return true;
  }
  return false;
}

/** Long lines are broken elsewhere in the whole than in a part, and a short one stands by chance inside of another. */
function isIn(said: string, line: string): boolean {
  const words = line.trim();
  if (words.length >= LEAST_TELLING) return said.includes(words);
  return WORD.test(words) && said.split("\n").some((each) => each.trim() === words);
}

function joined(lines: readonly string[], shown: ReadonlySet<number>): string {
  const out: string[] = [];
  let last = -1;
  for (const index of [...shown].toSorted((a, b) => a - b)) {
    if (index > last + 1) out.push(GAP);
    out.push(lines[index] ?? "");
    last = index;
  }
  if (last < lines.length - 1) out.push(GAP);
  return out.join("\n");
}

/** Cuts between characters, never inside a surrogate pair. */
function cut(line: string, length: number): string {
  const end = Math.max(1, length - GAP.length);
  const kept = line.slice(0, end);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${GAP}`;
}

/** As most languages begin one; `#include` and the like are none. */
const COMMENT = /^\s*(?:\/\/|\/\*|\*|--|#(?:\s|$)|"""|'''|;)/;
const NAME_PART = /[\p{L}\p{N}_$]/u;
const WORD = /[\p{L}\p{N}]/u;
/** The shortest snippet that still tells something. */
export const LEAST_TOKENS = 10;
/** More than any number of asked words that one line says, so that the definition is always shown. */
const DEFINING_WORTH = 100;
/** Characters of a line that is not found in another text by chance. */
const LEAST_TELLING = 24;
/** A line of what is nearest in meaning: more than one that has an asked word by chance, less than one that has two. */
const SAID_WORTH = 1.5;
/** A line after a matched one explains it more often than the one before; both beat a line that says nothing. */
const NEAR: readonly (readonly [number, number])[] = [
  [-1, 0.5],
  [1, 0.3],
  [-2, 0.25],
];
