import type { Files } from "./files.ts";

/** Candidates as columns: where they stand, and what they are worth. */
export interface Standing {
  readonly ids: Uint32Array;
  readonly scores: Float64Array;
  readonly files: Files;
  /** Lines, where several are of one file. */
  readonly firstLines: Uint32Array;
  readonly lastLines: Uint32Array;
}

/** What becomes of candidates, best first. */
export interface Merged {
  /** The places of those that lead a hit. */
  readonly leads: readonly number[];
  /** All that are in a hit, in the order of the file, by its lead; absent for one that stands alone. */
  readonly groups: ReadonlyMap<number, readonly number[]>;
}

/**
 * Joins each candidate with the neighbours that were found too and are nearly as good, so that one place is told once.
 * `order` gives the places of candidates, best first.
 */
export function mergeNeighbours(order: Uint32Array, standing: Standing): Merged {
  const { scores, files } = standing;
  const inFiles: (number[] | undefined)[] = [];
  for (const at of order) {
    const file = files.of[at] ?? 0;
    if ((files.sizes[file] ?? 0) > 1) (inFiles[file] ??= []).push(at);
  }
  const taken = new Uint8Array(order.length);
  const leads: number[] = [];
  const groups = new Map<number, readonly number[]>();
  for (const lead of order) {
    if (taken[lead] === 1) continue;
    leads.push(lead);
    const inFile = inFiles[files.of[lead] ?? 0];
    if (inFile === undefined) continue;
    const least = (scores[lead] ?? 0) * MERGED_SCORE;
    const group = groupAround(
      lead,
      inFile.filter((at) => taken[at] === 0 && (scores[at] ?? 0) >= least),
      standing,
    );
    for (const at of group) taken[at] = 1;
    if (group.length > 1) groups.set(lead, group);
  }
  return { leads, groups };
}

function groupAround(lead: number, near: readonly number[], { ids, firstLines, lastLines }: Standing): number[] {
  const group = [lead];
  let [first, last] = [firstLines[lead] ?? 0, lastLines[lead] ?? 0];
  for (let grown = true; grown;) {
    grown = false;
    for (const other of near) {
      const [from, to] = [firstLines[other] ?? 0, lastLines[other] ?? 0];
      // Chunks cover every line that is not blank, so a gap of a few lines holds nothing but blank ones.
      if (from > last + BLANK_LINES || to < first - BLANK_LINES || group.includes(other)) continue;
      if (Math.max(last, to) - Math.min(first, from) >= MERGED_LINES) continue;
      group.push(other);
      [first, last] = [Math.min(first, from), Math.max(last, to)];
      grown = true;
    }
  }
  return group.sort((a, b) => (firstLines[a] ?? 0) - (firstLines[b] ?? 0) || (ids[a] ?? 0) - (ids[b] ?? 0));
}

/** A neighbour half as good is part of the same answer; a weaker one would only lengthen it. */
const MERGED_SCORE = 0.5;
/** About two screens; more is a file, not a place. */
const MERGED_LINES = 120;
const BLANK_LINES = 3;
