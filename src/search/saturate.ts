/**
 * Lets each further hit of a file count `decay` times the one before, so that one file does not fill the answer. With
 * 1 nothing changes; with 0 a file is told once. Scores come best first, with the number of the file of each.
 */
export function saturate(scores: Float64Array, files: ArrayLike<number>, decay: number): void {
  const seen: number[] = [];
  for (let at = 0; at < scores.length; at++) {
    const file = files[at] ?? 0;
    const before = seen[file] ?? 0;
    seen[file] = before + 1;
    if (before > 0) scores[at] = (scores[at] ?? 0) * decay ** before;
  }
}
