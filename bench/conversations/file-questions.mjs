/**
 * Questions which sessions touched a file, of `count` files that at most five sessions touched, as the chunks of an index
 * tell (`heads`): asked in a sentence, and by the file alone.
 */
export function fileQuestions(heads, count) {
  const sessions = new Map();
  for (const { session } of heads)
    for (const file of session?.details.files ?? []) {
      const name = file.split(/[\\/]/).at(-1);
      sessions.set(name, (sessions.get(name) ?? new Set()).add(session.sessionId));
    }
  const rare = [...sessions].filter(([name, { size }]) => /.\.[a-z]+$/i.test(name) && size <= 5);
  const chosen = rare.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const step = Math.max(1, chosen.length / count);
  return Array.from({ length: Math.min(count, chosen.length) }, (_, index) => chosen[Math.floor(index * step)]).flatMap(
    ([name, touched]) => [
      { query: `which session touched ${name}`, kind: "file", sessions: touched },
      { query: name, kind: "file", sessions: touched },
    ],
  );
}
