import type { Headings } from "./headings.ts";
import type { Atom, Definition, Outline } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";

/**
 * The outline of a text that headings divide: a section that fits stays whole, its parts (paragraphs, lists, fenced
 * code) are dealt out where it does not. A section's path is the titles from the outermost in.
 */
export function outlineHeadings(lines: SourceLines, { headings, fenced }: Headings, maxTokens: number): Outline {
  const atoms: Atom[] = [];
  const definitions: Definition[] = [];
  const open: { level: number; group: number; path: string }[] = [];
  const ends = sectionEnds(headings, lines.count);

  addText(0, (headings[0]?.row ?? lines.count) - 1, 0);
  for (const [index, { row, level, title }] of headings.entries()) {
    while ((open.at(-1)?.level ?? 0) >= level) open.pop();
    const parent = open.at(-1);
    const name = title === "" ? "…" : title;
    const path = parent === undefined ? name : `${parent.path} > ${name}`;
    const ownLast = (headings[index + 1]?.row ?? lines.count) - 1;
    definitions.push({ name, path, kind: "section", first: row, last: ends[index] ?? ownLast, named: true });
    open.push({ level, group: index + 1, path });
    if (lines.cost(row, ownLast) <= maxTokens) {
      atoms.push({ first: row, last: ownLast, group: parent?.group ?? 0, standing: true });
    } else addText(row, ownLast, index + 1);
  }
  return { atoms, definitions };

  function addText(first: number, last: number, group: number): void {
    let start = first;
    for (let row = first; row <= last + 1; row += 1) {
      const inside = row <= last && (fenced[row] === true || !lines.isBlank(row));
      if (inside) continue;
      if (row > start) atoms.push({ first: start, last: row - 1, group, standing: false });
      start = row + 1;
    }
  }
}

/** The last row of each heading's section, those below it included. */
function sectionEnds(headings: Headings["headings"], count: number): number[] {
  const ends = headings.map(() => count - 1);
  const open: number[] = [];
  for (const [index, { row, level }] of headings.entries()) {
    for (let last = open.at(-1); last !== undefined && (headings[last]?.level ?? 0) >= level; last = open.at(-1)) {
      ends[last] = row - 1;
      open.pop();
    }
    open.push(index);
  }
  return ends;
}
