import type { StoredChunk } from "../store/index-store.ts";
import { termsOf } from "../terms.ts";
import type { TextHit } from "./hit-texts.ts";

/** A chunk of a file as it stands on disk now. */
export interface FreshChunk {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  readonly language: string;
  readonly kind: string;
  readonly symbol: string | null;
  readonly defines: readonly string[];
}

export type FreshSource = "same" | "gone" | readonly FreshChunk[];

/** Compares indexed files with the disk, re-reading what changed; paths left out of the answer count as `same`. */
export type Verify = (paths: readonly string[], signal?: AbortSignal) => Promise<ReadonlyMap<string, FreshSource>>;

/** A hit as it stands now: null when its file is gone or what was found is no longer in it. */
export function refreshed(hit: TextHit, source: FreshSource | undefined): TextHit | null {
  if (source === undefined || source === "same") return hit;
  if (source === "gone") return null;
  const lead = relocate(hit.lead, source);
  // Neighbours are found again by the next indexing; the place that was found is what must not be stale.
  return lead && { ...hit, lead, chunks: [lead] };
}

/** Where a chunk of the index is in the new content of its file: same text, else same symbol, else most of its words. */
export function relocate(chunk: StoredChunk, fresh: readonly FreshChunk[]): StoredChunk | null {
  const found =
    fresh.find(({ text }) => text === chunk.text) ??
    fresh.find(({ symbol, kind }) => symbol !== null && symbol === chunk.symbol && kind === chunk.kind) ??
    mostAlike(chunk, fresh);
  return found ? { ...chunk, ...found } : null;
}

function mostAlike(chunk: StoredChunk, fresh: readonly FreshChunk[]): FreshChunk | undefined {
  const former = new Set(termsOf(chunk.text));
  let best: FreshChunk | undefined;
  let bestShare = ALIKE;
  for (const candidate of fresh) {
    const terms = new Set(termsOf(candidate.text));
    const common = [...terms].filter((term) => former.has(term)).length;
    const share = common / Math.max(1, Math.min(terms.size, former.size));
    if (share > bestShare) [best, bestShare] = [candidate, share];
  }
  return best;
}

/** Below this share of common words it is another place that happens to be in the same file. */
const ALIKE = 0.6;
