import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import {
  bracketHeadings,
  commandHeadings,
  markdownHeadings,
  markedHeadings,
  underlinedHeadings,
  type Headings,
} from "../../src/chunk/headings.ts";
import { DEFAULT_LIMIT } from "../../src/chunk/limits.ts";

const titles = (headingsOf: (line: (row: number) => string, count: number) => Headings, lines: readonly string[]) =>
  headingsOf((row) => lines[row] ?? "", lines.length).headings.map(
    ({ row, level, title }) => `${row} ${level} ${title}`,
  );

describe("headings of Markdown", () => {
  it("are those with marks and those with a line under them", () => {
    const lines = ["# One", "", "Two", "===", "", "Three", "---", "", "### Four ###", "#no heading", "    # code"];
    expect(titles(markdownHeadings, lines)).toEqual(["0 1 One", "2 1 Two", "5 2 Three", "8 3 Four"]);
  });

  it("are not those in fences, longer or of tildes, nor in front matter", () => {
    const lines = [
      "---",
      "title: x",
      "# no",
      "---",
      "````",
      "# no",
      "```",
      "# no",
      "````",
      "~~~sh",
      "# no",
      "~~~",
      "# Yes",
    ];
    expect(titles(markdownHeadings, lines)).toEqual(["12 1 Yes"]);
  });

  it("are not paragraphs, lists, tables or rules over a line of dashes", () => {
    const lines = ["text", "more text", "---", "", "- item", "---", "", "| a |", "|---|", "", "---"];
    expect(titles(markdownHeadings, lines)).toEqual([]);
  });

  it("lose their marks and links", () => {
    expect(titles(markdownHeadings, ["## The `run` **tool** [docs](http://x) <a id=1>"])).toEqual([
      "0 2 The run tool docs",
    ]);
  });

  it("take a fence or front matter that never ends as it stands", () => {
    expect(titles(markdownHeadings, ["---", "# One", "```", "# no"])).toEqual(["1 1 One"]);
  });
});

describe("headings elsewhere", () => {
  it("of reStructuredText take their levels from the order of their rules", () => {
    const lines = ["=====", "Title", "=====", "", "Part", "----", "text", "Sub", "~~~", "", "Other", "-----"];
    expect(titles(underlinedHeadings, lines)).toEqual(["0 1 Title", "4 2 Part", "7 3 Sub", "10 2 Other"]);
  });

  it("of AsciiDoc and Org are marked by their level", () => {
    expect(titles(markedHeadings("="), ["= Book", "== Part", "==No"])).toEqual(["0 1 Book", "1 2 Part"]);
    expect(titles(markedHeadings("*"), ["* One", "** Two", "*bold*"])).toEqual(["0 1 One", "1 2 Two"]);
  });

  it("of LaTeX are commands", () => {
    const lines = ["\\chapter{One}", "\\section*{Two}", "\\subsection[short]{Three \\emph{x}}", "\\sectionmark{no}"];
    expect(titles(commandHeadings, lines)).toEqual(["0 2 One", "1 3 Two", "2 4 Three \\emph{x}"]);
  });

  it("of TOML and INI are in brackets", () => {
    const lines = ["name = 1", "[tool.ruff] # why", "list = [", "  [1, 2],", "]", "[[bin]]", "[core]"];
    expect(titles(bracketHeadings, lines)).toEqual(["1 1 tool.ruff", "5 1 bin", "6 1 core"]);
  });
});

describe("chunks of a text with headings", () => {
  const paragraph = "Some words that are here to fill a paragraph of a certain length for the test.";
  const text = [
    "Intro",
    "# Guide",
    paragraph,
    "## Install",
    ...Array.from({ length: 3 }, () => paragraph),
    "```sh",
    "# not a heading",
    "",
    "run",
    "```",
    "## Use",
    paragraph,
  ].join("\n");

  it("are sections with the titles around them", async () => {
    const chunks = await chunkText({ path: "a.md", text }, { ...DEFAULT_LIMIT, maxTokens: 150 });
    expect(chunks.map(({ startLine, endLine, symbol, kind }) => `${startLine}-${endLine} ${kind} ${symbol}`)).toEqual([
      "1-3 section Guide",
      "4-12 section Guide > Install",
      "13-14 section Guide > Use",
    ]);
  });

  it("are paragraphs, and fences whole, where a section does not fit", async () => {
    const chunks = await chunkText({ path: "a.md", text }, { ...DEFAULT_LIMIT, maxTokens: 60 });
    const fence = chunks.find((chunk) => chunk.text.includes("```sh"));
    expect(fence?.text).toContain("# not a heading\n\nrun\n```");
    expect(fence?.symbol).toBe("Guide > Install");
  });

  it("are all of a small file at once", async () => {
    const chunks = await chunkText({ path: "a.md", text: "# A\n\n## B\nb\n" }, DEFAULT_LIMIT);
    expect(chunks).toMatchObject([{ symbol: "A", defines: ["A", "B"], kind: "section", endLine: 4 }]);
  });
});
