import {
  bracketHeadings,
  commandHeadings,
  markdownHeadings,
  markedHeadings,
  underlinedHeadings,
  type Headings,
} from "./headings.ts";
import { outlineComponent } from "./outline-component.ts";
import { outlineHeadings } from "./outline-headings.ts";
import { outlineLines } from "./outline-lines.ts";
import { outlineSql } from "./outline-sql.ts";
import type { Outline } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";
import type { Syntax } from "./syntax.ts";

/** The outline of a text by the best means there is for its language; paragraphs where there is none. */
export async function outlineText(
  lines: SourceLines,
  language: string,
  maxTokens: number,
  syntax: Syntax,
): Promise<Outline> {
  const headingsOf = HEADINGS.get(language);
  if (headingsOf !== undefined)
    return outlineHeadings(
      lines,
      headingsOf((row) => lines.line(row), lines.count),
      maxTokens,
    );
  if (language === "sql") return outlineSql(lines);
  const parse = (part: SourceLines, id: string) => syntax.outline(part, id, maxTokens);
  if (COMPONENTS.has(language)) return outlineComponent(lines, parse);
  return (await parse(lines, language)) ?? outlineLines(lines);
}

const HEADINGS: ReadonlyMap<string, (line: (row: number) => string, count: number) => Headings> = new Map([
  ["markdown", markdownHeadings],
  ["rst", underlinedHeadings],
  ["asciidoc", markedHeadings("=")],
  ["org", markedHeadings("*")],
  ["latex", commandHeadings],
  ["toml", bracketHeadings],
  ["ini", bracketHeadings],
  ["editorconfig", bracketHeadings],
]);

const COMPONENTS: ReadonlySet<string> = new Set(["vue", "svelte", "astro"]);
