import type { Atom, Outline } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";

/** The outline of a text whose syntax is unknown: paragraphs between blank lines, those within one another's reach merged. */
export function outlineLines(lines: SourceLines): Outline {
  const atoms: Atom[] = [];
  let first = 0;
  for (let row = 0; row <= lines.count; row += 1) {
    if (row < lines.count && !lines.isBlank(row)) continue;
    if (row > first) atoms.push({ first, last: row - 1, group: 0, standing: false });
    first = row + 1;
  }
  return { atoms, definitions: [] };
}
