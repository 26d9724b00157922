import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import { syntax } from "./shared-syntax.ts";
import { boundTokens } from "../../src/chunk/token-bound.ts";
import { expectSound } from "./invariants.ts";
import { samples } from "./samples.ts";

const languages = samples
  .map((sample) => sample.language)
  .concat(["markdown", "rst", "asciidoc", "org", "latex", "toml", "ini", "sql", "vue", "svelte", "astro", "text"]);

/** Lines that parsers and splitters trip over: quotes and fences left open, odd spaces, endings of all kinds. */
const oddLine = fc.constantFrom(
  "",
  " ",
  "\r",
  "\t}",
  "{",
  "({[",
  "*/",
  "/*",
  '"""',
  "```",
  "---",
  "'",
  "#",
  "# Title",
  "[section]",
  "=====",
  "<script>",
  "\u2028",
  "\u00a0",
  "a\u2029b",
  "\u0000",
  "\ud800",
  "日本語のコメント",
  "🎉",
  "x".repeat(700),
  "f(".repeat(60),
  "$$",
  "GO",
  "\f",
  "end",
);
const arbitraryLine = fc.oneof(oddLine, fc.string({ maxLength: 40 }), fc.string({ unit: "grapheme", maxLength: 20 }));
const limits = fc.integer({ min: 8, max: 200 }).map((maxTokens) => ({ maxTokens, measure: boundTokens }));
const ending = fc.constantFrom("\n", "\r\n", "\r", "\n\n");

describe.each(languages)("chunks of %s", (language) => {
  const lines = samples.find((sample) => sample.language === language)?.lines ?? [
    "# A",
    "text",
    "",
    "## B",
    "[c]",
    "select 1;",
  ];
  const line = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...lines) }, { weight: 1, arbitrary: arbitraryLine });

  it("cover every line once and keep to the limit, whatever the text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), ending, limits, async (parts, joint, limit) => {
        const text = parts.join(joint);
        expectSound(text, await chunkText({ path: "x", text, language }, limit, syntax), limit);
      }),
      { numRuns: 6 },
    );
  });

  it("cover every line once when pieces of sound code are lost or doubled", async () => {
    const text = lines.join("\n");
    const cut = fc.tuple(fc.nat(text.length), fc.nat(60), arbitraryLine);
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 4 }), limits, async (cuts, limit) => {
        const broken = cuts.reduce(
          (all, [start, length, put]) => all.slice(0, start) + put + all.slice(start + length),
          text,
        );
        expectSound(broken, await chunkText({ path: "x", text: broken, language }, limit, syntax), limit);
      }),
      { numRuns: 6 },
    );
  });

  it("are the same for the same text", async () => {
    const text = lines.join("\n");
    const limit = { maxTokens: 60, measure: boundTokens };
    const [first, second] = await Promise.all(
      [1, 2].map(() => chunkText({ path: "x", text, language }, limit, syntax)),
    );
    expect(second).toEqual(first);
  });
});
