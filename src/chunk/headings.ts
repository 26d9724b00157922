/** A line that opens a section; level 1 is the outermost. */
export interface Heading {
  readonly row: number;
  readonly level: number;
  readonly title: string;
}

/** What the headings of a text are, and which rows must not be torn apart at blank lines. */
export interface Headings {
  readonly headings: readonly Heading[];
  /** For each row, whether it is inside a fenced block. */
  readonly fenced: readonly boolean[];
}

type LineAt = (row: number) => string;

/** ATX and setext headings of Markdown, none inside fences or front matter. */
export function markdownHeadings(line: LineAt, count: number): Headings {
  const headings: Heading[] = [];
  const fenced: boolean[] = [];
  let fence = "";
  let row = 0;
  if (count > 0 && /^(?:---|\+\+\+)\s*$/.test(line(0))) {
    const mark = line(0).trim();
    for (row = 1; row < count && line(row).trim() !== mark; row += 1) if (row > MAX_FRONT_MATTER) break;
    // An unclosed mark is a rule between paragraphs, not front matter.
    if (row < count && row <= MAX_FRONT_MATTER) row += 1;
    else row = 0;
    fenced.push(...Array.from({ length: row }, () => true));
  }
  for (; row < count; row += 1) {
    const text = line(row);
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(text)?.[1];
    if (fence !== "") {
      fenced.push(true);
      if (mark?.startsWith(fence) && text.trim() === mark) fence = "";
      continue;
    }
    fenced.push(mark !== undefined);
    if (mark !== undefined) {
      fence = mark;
      continue;
    }
    const atx = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/.exec(text.slice(0, MAX_HEADING));
    if (atx?.[1] !== undefined) headings.push({ row, level: atx[1].length, title: plain(atx[2] ?? "") });
    else if (row > 0 && fenced[row - 1] === false && /^ {0,3}(?:=+|-{2,})[ \t]*$/.test(text)) {
      const title = line(row - 1)
        .slice(0, MAX_HEADING)
        .trim();
      const taken = headings.at(-1)?.row === row - 1;
      if (title !== "" && !taken && !/^[-*+>|#=\d]/.test(title) && (row < 2 || line(row - 2).trim() === "")) {
        headings.push({ row: row - 1, level: text.includes("=") ? 1 : 2, title: plain(title) });
      }
    }
  }
  return { headings, fenced };
}

/** `== Title` of AsciiDoc and `* Title` of Org, whichever mark is given. */
export function markedHeadings(mark: "=" | "*"): (line: LineAt, count: number) => Headings {
  const pattern = mark === "=" ? /^(={1,6})[ \t]+(\S.*)$/ : /^(\*{1,8})[ \t]+(\S.*)$/;
  return scan((line, row) => {
    const [, marks = "", title = ""] = pattern.exec(line(row).slice(0, MAX_HEADING)) ?? [];
    return marks === "" ? undefined : { row, level: marks.length, title: plain(title) };
  });
}

/** Titles of reStructuredText: a line with a rule under it; the order in which rules appear tells their levels. */
export function underlinedHeadings(line: LineAt, count: number): Headings {
  const levels: string[] = [];
  return scan((at, row) => {
    const title = at(row).trimEnd();
    if (row + 1 >= count || title === "" || /^\s/.test(title) || isRule(title)) return undefined;
    const rule = at(row + 1).trimEnd();
    if (!isRule(rule) || rule.length < title.length) return undefined;
    const over = row > 0 && at(row - 1).trimEnd() === rule;
    const style = `${over ? "over" : ""}${rule.charAt(0)}`;
    if (!levels.includes(style)) levels.push(style);
    return { row: over ? row - 1 : row, level: levels.indexOf(style) + 1, title: plain(title) };
  })(line, count);
}

/** `\section{Title}` of LaTeX and its kin. */
export const commandHeadings = scan((line, row) => {
  const [, command = "", title = ""] = LATEX_SECTION.exec(line(row).slice(0, MAX_HEADING)) ?? [];
  return command === "" ? undefined : { row, level: LATEX_LEVELS.indexOf(command) + 1, title: plain(title) };
});

const LATEX_LEVELS: readonly string[] = ["part", "chapter", "section", "subsection", "subsubsection"];
const LATEX_SECTION = /^\s*\\(part|chapter|(?:sub){0,2}section)\*?(?:\[[^\]]*\])?\{(.*)\}/;

/** `[section]` and `[[table]]` of TOML and INI. */
export const bracketHeadings = scan((line, row) => {
  const [, open, title] = /^\s*(\[\[?)([^[\]]+)\]\]?\s*(?:[#;].*)?$/.exec(line(row).slice(0, MAX_HEADING)) ?? [];
  return open === undefined || title === undefined ? undefined : { row, level: 1, title: title.trim() };
});

function scan(headingAt: (line: LineAt, row: number) => Heading | undefined) {
  return (line: LineAt, count: number): Headings => {
    const headings: Heading[] = [];
    for (let row = 0; row < count; row += 1) {
      const heading = headingAt(line, row);
      if (heading !== undefined) headings.push(heading);
    }
    return { headings, fenced: [] };
  };
}

function isRule(text: string): boolean {
  return /^([=\-~^"'`#*+.:_])\1{2,}$/.test(text);
}

/** A title without links' targets and emphasis. */
function plain(title: string): string {
  return title
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[`*]|<[^>]*>/g, "")
    .trim();
}

/** No heading is longer; it keeps the patterns from scanning lines of a megabyte. */
const MAX_HEADING = 300;
const MAX_FRONT_MATTER = 200;
