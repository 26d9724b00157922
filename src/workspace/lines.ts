/** How lines end: the one way, several ways, or not at all in a file of one line. */
export type LineEnd = "lf" | "crlf" | "cr" | "mixed" | "none";

/** How the lines of a text end. A lone CR counts only where there is no LF at all (files of the old Macintosh). */
export function lineEndOf(text: string): LineEnd {
  const first = text.indexOf("\n");
  if (first === -1) return text.includes("\r") ? "cr" : "none";
  const crlf = text.includes("\r\n");
  if (!crlf) return "lf";
  // A line end without CR before it, looked for natively rather than counted character by character.
  return /(?:^|[^\r])\n/.test(text) ? "mixed" : "crlf";
}

/** The text with every line end as `\n`, which line numbers count by everywhere. */
export function normalizeLineEnds(text: string, lineEnd: LineEnd = lineEndOf(text)): string {
  if (lineEnd === "crlf" || lineEnd === "mixed") return text.replaceAll("\r\n", "\n");
  return lineEnd === "cr" ? text.replaceAll("\r", "\n") : text;
}

/** The lines of a text without their ends; a final line end opens no further line. */
export function splitLines(text: string): string[] {
  const lines = normalizeLineEnds(text).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
