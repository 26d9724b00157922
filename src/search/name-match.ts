import { RELATED, SAID, type SaidNames } from "./said-names.ts";

/**
 * How much of the best of a list of names (of a definition, a file, folders) the query speaks of, 0..1: 1 for one that it
 * writes whole, else the share of its words that are asked for, where a word of the same family as one asked for counts
 * `related`. `names` is a pool's data, `start` where the list begins in it; of the list the names `from` to before `to` count.
 */
export function nameMatch(
  names: Int32Array,
  start: number,
  said: SaidNames,
  related: number,
  from = 0,
  to = names[start] ?? 0,
): number {
  let best = 0;
  for (let index = 0, at = start + 1; index < to; index++) {
    const count = names[at + 1] ?? 0;
    if (index >= from) {
      if (isWritten(names, at, said)) return 1;
      best = Math.max(best, saidOf(names, at, said, related) / Math.max(1, count));
    }
    at += 2 + count;
  }
  return best;
}

/**
 * How strongly the names that a chunk defines speak for it, 0..1: the best match, squared since a name of which half the
 * words are said is far less than half of the evidence, and weakened where it answers only a part of the query (`Json`
 * for "reading JSON numbers with a custom policy").
 */
export function definitionMatch(names: Int32Array, start: number, said: SaidNames, related: number): number {
  let best = 0;
  for (let left = names[start] ?? 0, at = start + 1; left > 0; left--) {
    if (isWritten(names, at, said)) return 1;
    const count = names[at + 1] ?? 0;
    const words = saidOf(names, at, said, related);
    const answered = Math.min(1, words / Math.max(1, said.count));
    best = Math.max(best, (words / Math.max(1, count)) ** 2 * Math.sqrt(answered));
    at += 2 + count;
  }
  return best;
}

/**
 * How well a path fits the scope that a query begins with, 0..1: the mean over the scope's parts of the best fit among the
 * path's names, which is 1 for the very name and less for one that has more to it (`indexserver` in `zoekt-indexserver`).
 */
export function scopeMatch(names: Int32Array, start: number, { scope }: SaidNames): number {
  let sum = 0;
  for (const stems of scope) {
    let best = 0;
    for (let left = names[start] ?? 0, at = start + 1; left > 0; left--) {
      const count = names[at + 1] ?? 0;
      const own = names.subarray(at + 2, at + 2 + count);
      if (stems.every((stem) => own.includes(stem))) best = Math.max(best, count === stems.length ? 1 : PART_OF_NAME);
      at += 2 + count;
    }
    sum += best;
  }
  return scope.length === 0 ? 0 : sum / scope.length;
}

/** Whether the query writes the whole name. */
function isWritten(names: Int32Array, at: number, { written }: SaidNames): boolean {
  return written.length > 0 && written.includes(names[at] ?? 0);
}

/** How many words of a name the query says. */
function saidOf(names: Int32Array, at: number, { stems }: SaidNames, related: number): number {
  const end = at + 2 + (names[at + 1] ?? 0);
  let said = 0;
  for (let place = at + 2; place < end; place++) {
    const worth = stems[names[place] ?? 0] ?? 0;
    if (worth === SAID) said += 1;
    else if (worth === RELATED) said += related;
  }
  return said;
}

/** Measured in steps: 0.6 lies on a plateau. */
const PART_OF_NAME = 0.6;
