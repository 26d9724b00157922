import type { Files } from "./files.ts";

/** Several hits in one file say that the file is about the query: each gains a share of the best others. */
export function addCoherence(scores: Float64Array, files: Files, share: number): void {
  // The best of each file, the best first.
  const best = new Float64Array(files.count * COHERENT_HITS);
  for (let at = 0; at < scores.length; at++) {
    const from = (files.of[at] ?? 0) * COHERENT_HITS;
    let score = scores[at] ?? 0;
    for (let place = from; place < from + COHERENT_HITS; place++) {
      const other = best[place] ?? 0;
      if (score <= other) continue;
      best[place] = score;
      score = other;
    }
  }
  for (let at = 0; at < scores.length; at++) {
    const from = (files.of[at] ?? 0) * COHERENT_HITS;
    let sum = 0;
    for (let place = from; place < from + COHERENT_HITS; place++) sum += best[place] ?? 0;
    const score = scores[at] ?? 0;
    if (sum > score) scores[at] = score + share * (sum - score);
  }
}

/** More would let a long file win by its length. */
const COHERENT_HITS = 5;
