/** The end of a sentence about a word that is none of those there are: the one that was probably meant, and all. */
export function choiceHint(word: string, known: readonly string[]): string {
  const asked = word.toLowerCase().slice(0, 100);
  // Two edits make any short word out of another.
  const long = asked.length < 3 ? [] : known.filter(({ length }) => length > 2);
  const begun = long.find((each) => each.startsWith(asked));
  const meant = begun ?? closest(asked, long) ?? long.find((each) => asked.startsWith(each));
  const nearest = meant === undefined ? "" : `Did you mean ${meant}? `;
  const last = known.at(-1) ?? "";
  return `${nearest}It is ${known.length < 2 ? last : `${known.slice(0, -1).join(", ")} or ${last}`}.`;
}

/** The candidate within two edits (Levenshtein) of `word` that is nearest to it. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= 2)
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
