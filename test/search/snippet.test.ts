import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyseQuery } from "../../src/search/query.ts";
import { GAP, snippetOf } from "../../src/search/snippet.ts";

const LONG = [
  "export function openStore(path) {",
  ...Array.from({ length: 30 }, (_, index) => `  const filler${index} = ${index};`),
  "  migrate(database);",
  "  return database;",
  ...Array.from({ length: 30 }, (_, index) => `  const more${index} = ${index};`),
  "}",
].join("\n");

describe("snippetOf", () => {
  it("gives a text that fits whole", () => {
    expect(snippetOf({ text: "a\n\nb", names: [] }, analyseQuery("a"), 100)).toBe("a\n\nb");
  });

  it("shows the defining line and what is asked for, in order, and marks what it leaves out", () => {
    const text = snippetOf({ text: LONG, names: ["openStore"] }, analyseQuery("where is the database migrated"), 30);
    const lines = text.split("\n");
    expect(lines[0]).toBe("export function openStore(path) {");
    expect(lines).toContain("  migrate(database);");
    expect(lines).toContain(GAP);
    expect(lines.at(-1)).toBe(GAP);
    expect(text).not.toContain("filler15");
  });

  it("begins with the first line when nothing is asked for in it", () => {
    expect(snippetOf({ text: LONG, names: [] }, analyseQuery("zebra"), 20)).toMatch(/^export function openStore/);
  });

  it("shows what is nearest in meaning where no line has an asked word, and not what looks like a part of it", () => {
    const said = "  const filler9 = 9;\n  const more7 = 7;";
    const shown = snippetOf({ text: LONG, names: [], said }, analyseQuery("zebra"), 20);
    expect(shown.split("\n")).toEqual(expect.arrayContaining(said.split("\n")));
    expect(shown).not.toContain("openStore");
    const short = snippetOf({ text: LONG, names: [], said: "const filler9 = 90;" }, analyseQuery("zebra"), 20);
    expect(short).toMatch(/^export function openStore/);
  });

  it("prefers two asked words to what is nearest in meaning, and that to one asked word", () => {
    const said = "  const more7 = 7;";
    const by = (query: string) => snippetOf({ text: LONG, names: [], said }, analyseQuery(query), 10);
    expect(by("the database")).toContain("more7");
    expect(by("migrate the database")).toContain("migrate(database)");
  });

  it("cuts a line that alone is too long, never inside a character", () => {
    const text = snippetOf({ text: "😀".repeat(5_000), names: [] }, analyseQuery("x"), 25);
    expect(text.length).toBeLessThanOrEqual(100);
    expect(text.endsWith(GAP)).toBe(true);
    expect(text).toMatch(/^(?:😀)+…$/u);
  });

  it("gives lines of the text, in its order, within the budget, whatever the text", () => {
    const line = fc.stringMatching(/^[ a-z(){};=]{0,60}$/);
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        (lines, tokens) => {
          const text = lines.join("\n");
          const shown = snippetOf({ text, names: [] }, analyseQuery("abc def"), tokens);
          expect(shown.length).toBeLessThanOrEqual(Math.max(40, tokens * 4));
          let from = 0;
          for (const part of shown === text ? [] : shown.split("\n")) {
            if (part.endsWith(GAP)) continue;
            const at = lines.indexOf(part, from);
            expect(at).toBeGreaterThanOrEqual(0);
            from = at + 1;
          }
        },
      ),
    );
  });
});
