import type { ChunkHead } from "../store/index-store.ts";
import { groupBy } from "./group-by.ts";
import type { RankCandidate, RankedHit } from "./ranked-hit.ts";

/**
 * Joins each hit with the neighbours that were found too and are nearly as good, so that one place is told once.
 * `candidates` come best first; the result keeps that order.
 */
export function mergeNeighbours<Chunk extends ChunkHead>(
  candidates: readonly RankCandidate<Chunk>[],
): RankedHit<Chunk>[] {
  const byFile = groupBy(candidates, ({ chunk }) => chunk.path);
  const taken = new Set<number>();
  const hits: RankedHit<Chunk>[] = [];
  for (const candidate of candidates) {
    if (taken.has(candidate.chunk.id)) continue;
    const { chunk: lead, score, matched } = candidate;
    const inFile = byFile.get(lead.path) ?? [];
    const group = inFile.length === 1 ? [candidate] : groupAround(candidate, nearlyAsGood(candidate, inFile, taken));
    const isAlone = group.length === 1;
    for (const { chunk } of group) taken.add(chunk.id);
    hits.push({
      path: lead.path,
      lead,
      chunks: isAlone ? [lead] : group.map(({ chunk }) => chunk),
      score,
      matched: isAlone ? matched : [...new Set(group.flatMap((other) => other.matched))].toSorted(),
    });
  }
  return hits;
}

/** Candidates of a file that may join one of them. */
function nearlyAsGood<Candidate extends RankCandidate>(
  { score: best }: Candidate,
  inFile: readonly Candidate[],
  taken: ReadonlySet<number>,
): Candidate[] {
  return inFile.filter(({ chunk, score }) => !taken.has(chunk.id) && score >= best * MERGED_SCORE);
}

function groupAround<Candidate extends RankCandidate>(candidate: Candidate, inFile: readonly Candidate[]): Candidate[] {
  const group = [candidate];
  let { startLine, endLine } = candidate.chunk;
  for (let grown = true; grown;) {
    grown = false;
    for (const other of inFile) {
      if (group.includes(other) || !touches(other.chunk, startLine, endLine)) continue;
      const [first, last] = [Math.min(startLine, other.chunk.startLine), Math.max(endLine, other.chunk.endLine)];
      if (last - first >= MERGED_LINES) continue;
      group.push(other);
      [startLine, endLine] = [first, last];
      grown = true;
    }
  }
  return group.toSorted((a, b) => a.chunk.startLine - b.chunk.startLine || a.chunk.id - b.chunk.id);
}

/** Chunks cover every line that is not blank, so a gap of a few lines holds nothing but blank ones. */
function touches(chunk: ChunkHead, startLine: number, endLine: number): boolean {
  return chunk.startLine <= endLine + BLANK_LINES && chunk.endLine >= startLine - BLANK_LINES;
}

/** A neighbour half as good is part of the same answer; a weaker one would only lengthen it. */
const MERGED_SCORE = 0.5;
/** About two screens; more is a file, not a place. */
const MERGED_LINES = 120;
const BLANK_LINES = 3;
