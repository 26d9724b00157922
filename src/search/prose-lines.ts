/**
 * Breaks the long lines of prose at the ends of sentences or words, so that a snippet can show the part of a paragraph
 * that answers. Nothing is lost but the spaces at the breaks.
 */
export function breakLongLines(text: string): string {
  return text
    .split("\n")
    .flatMap((line) => (line.length <= LINE_CHARACTERS ? [line] : broken(line)))
    .join("\n");
}

function broken(line: string): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > LINE_CHARACTERS) {
    const head = rest.slice(0, LINE_CHARACTERS);
    const at = SENTENCE_END.exec(head)?.[0].length ?? wordEnd(head);
    parts.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return rest === "" ? parts : [...parts, rest];
}

function wordEnd(head: string): number {
  const space = head.lastIndexOf(" ");
  if (space > head.length / 2) return space + 1;
  return /[\uD800-\uDBFF]$/.test(head) ? head.length - 1 : head.length;
}

/** Two or three of them fit where a hit has the least room. */
const LINE_CHARACTERS = 200;
/** Up to the last sentence that ends in the second half. */
const SENTENCE_END = /^[\s\S]{100,}[.?!。] /;
