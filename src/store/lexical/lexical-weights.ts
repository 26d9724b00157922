/**
 * BM25F over three fields: a term's occurrences are weighted by field, summed, and only then saturated, so that a name
 * that is also in the body is not counted as two independent finds (Robertson, Zaragoza, Taylor: "Simple BM25 extension
 * to multiple weighted fields", 2004).
 */
export const FIELD_WEIGHTS = { symbol: 4, path: 2, body: 1 } as const;

/** Robertson's usual saturation and length normalisation. */
const K1 = 1.2;
const B = 0.75;

/**
 * Terms in an average chunk. A constant and not measured, so that what is stored need not change as an index grows;
 * chunks are bounded in size, so the average of projects lies near.
 */
const AVERAGE_TERMS = 150;

/** What one posting can contribute at most, before the term's rarity. */
const LARGEST = K1 + 1;

/** A term's weighted count in a chunk of `length` terms, as the byte (1..255) that is stored in its posting. */
export function impactOf(weightedCount: number, length: number): number {
  const norm = K1 * (1 - B + (B * length) / AVERAGE_TERMS);
  const impact = (weightedCount * LARGEST) / (weightedCount + norm);
  return Math.max(1, Math.round((impact / LARGEST) * 255));
}

/** What one unit of a stored impact is worth for a term that `found` of `total` chunks hold. */
export function unitWeight(found: number, total: number): number {
  const holding = Math.min(found, total);
  return (Math.log(1 + (total - holding + 0.5) / (holding + 0.5)) * LARGEST) / 255;
}
