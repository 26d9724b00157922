import type { Chunk, ChunkLimit } from "./chunk.ts";
import { cutLine } from "./cut-line.ts";
import { CRUMB_SHARE, STANDING_SHARE, TARGET_SHARE } from "./limits.ts";
import type { Atom, Outline } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";
import { createSymbolFinder, type Symbols } from "./symbols.ts";

/** A run of rows on its way to be a chunk. */
interface Piece {
  first: number;
  last: number;
  cost: number;
  group: number;
  standing: boolean;
}

/** Makes chunks of an outline: atoms too large are cut at lines, small ones of one group merged, crumbs given to a neighbour. */
export function packChunks(lines: SourceLines, outline: Outline, language: string, limit: ChunkLimit): Chunk[] {
  const pieces = joinCrumbs(mergeSiblings(cutLarge(lines, outline.atoms, limit), limit), limit);
  const symbolAt = createSymbolFinder(lines, outline.definitions);
  const chunks: Chunk[] = [];
  for (const piece of pieces) {
    let about: Symbols | undefined;
    for (const { first, last, text } of fit(lines, piece.first, piece.last, limit)) {
      // The pieces of one long line are about the same thing; its names are defined once.
      const goesOn: boolean = about !== undefined && chunks.at(-1)?.startLine === first + 1;
      about = about !== undefined && goesOn ? { ...about, defines: [] } : symbolAt(first, last);
      chunks.push({ startLine: first + 1, endLine: last + 1, text, language, ...about });
    }
  }
  return chunks;
}

/** Turns atoms into pieces without blank rows at their ends, none costlier than a chunk may be, save single lines. */
function cutLarge(lines: SourceLines, atoms: readonly Atom[], { maxTokens }: ChunkLimit): Piece[] {
  const pieces: Piece[] = [];
  const target = maxTokens * TARGET_SHARE;
  for (const atom of atoms) {
    const whole = trim(lines, atom.first, atom.last);
    if (whole === null) continue;
    const cost = lines.cost(whole.first, whole.last);
    if (cost <= maxTokens) {
      pieces.push({ ...whole, cost, group: atom.group, standing: atom.standing });
      continue;
    }
    // Cut at even shares rather than at the maximum, so that no rest of two lines is left over.
    const share = cost / Math.ceil(cost / target);
    for (let first = whole.first; first <= whole.last;) {
      let last = first;
      while (last < whole.last && lines.cost(first, last + 1) <= share) last += 1;
      const run = trim(lines, first, last);
      if (run !== null) {
        pieces.push({ ...run, cost: lines.cost(run.first, run.last), group: atom.group, standing: false });
      }
      first = last + 1;
    }
  }
  return pieces;
}

/** Merges neighbours of one group up to the target size; a definition that stands on its own takes only crumbs. */
function mergeSiblings(pieces: readonly Piece[], { maxTokens }: ChunkLimit): Piece[] {
  const target = maxTokens * TARGET_SHARE;
  const stands = (piece: Piece) => piece.standing && piece.cost >= maxTokens * STANDING_SHARE;
  const crumb = (piece: Piece) => piece.cost < maxTokens * CRUMB_SHARE;
  const merged: Piece[] = [];
  let previous: Piece | undefined;
  for (const piece of pieces) {
    if (
      previous !== undefined &&
      previous.group === piece.group &&
      previous.cost + piece.cost <= target &&
      (!stands(previous) || crumb(piece)) &&
      (!stands(piece) || crumb(previous))
    ) {
      const standing = stands(previous) || stands(piece);
      previous.last = piece.last;
      previous.cost += piece.cost;
      previous.standing = standing;
      continue;
    }
    previous = { ...piece };
    merged.push(previous);
  }
  return merged;
}

/** Gives what is too little for a chunk to the smaller neighbour that has room for it. */
function joinCrumbs(pieces: readonly Piece[], { maxTokens }: ChunkLimit): Piece[] {
  const joined: Piece[] = [];
  for (const [index, piece] of pieces.entries()) {
    const previous = joined.at(-1);
    const next = pieces[index + 1];
    if (previous === undefined || previous.cost + piece.cost > maxTokens) {
      joined.push(piece);
      continue;
    }
    const small = piece.cost < maxTokens * CRUMB_SHARE;
    const follows = previous.cost < maxTokens * CRUMB_SHARE;
    // A class's head goes with its first member, a closing brace with what it closes.
    const keepsForNext =
      small && next !== undefined && next.group > piece.group && piece.cost + next.cost <= maxTokens && !follows;
    if ((small && !keepsForNext) || follows) {
      previous.last = piece.last;
      previous.cost += piece.cost;
      previous.group = piece.group;
    } else joined.push(piece);
  }
  return joined;
}

/** The texts of rows `first`..`last`: one, or several where the estimate by lines did not hold or one line is too long. */
function fit(
  lines: SourceLines,
  first: number,
  last: number,
  limit: ChunkLimit,
): { first: number; last: number; text: string }[] {
  const text = lines.slice(first, last);
  if (limit.measure(text) <= limit.maxTokens) return [{ first, last, text }];
  if (first === last) return cutLine(text, limit).map((piece) => ({ first, last, text: piece }));
  const middle = Math.floor((first + last) / 2);
  return [[first, middle] as const, [middle + 1, last] as const].flatMap(([from, to]) => {
    const half = trim(lines, from, to);
    return half === null ? [] : fit(lines, half.first, half.last, limit);
  });
}

function trim(lines: SourceLines, first: number, last: number): { first: number; last: number } | null {
  while (first <= last && lines.isBlank(first)) first += 1;
  while (last > first && lines.isBlank(last)) last -= 1;
  return first <= last ? { first, last } : null;
}
