import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import { findGrammar } from "../../src/chunk/grammars.ts";
import { languageOf } from "../../src/chunk/languages.ts";
import { DEFAULT_LIMIT } from "../../src/chunk/limits.ts";
import { splitLines } from "../../src/chunk/source-lines.ts";
import { syntax } from "./shared-syntax.ts";
import { expectSound } from "./invariants.ts";
import { samples } from "./samples.ts";

describe("what a file defines", () => {
  it.each(samples)("is found in $language", async ({ path, language, lines, defines }) => {
    const text = lines.join("\n");
    expect(languageOf(path)).toBe(language);
    const outline = await syntax.outline(splitLines(text, DEFAULT_LIMIT.measure), language, DEFAULT_LIMIT.maxTokens);
    expect(outline?.definitions.map(({ kind, path: symbol, named }) => `${named ? "" : "~"}${kind} ${symbol}`)).toEqual(
      defines,
    );

    const chunks = await chunkText({ path, text }, DEFAULT_LIMIT, syntax);
    expectSound(text, chunks, DEFAULT_LIMIT);
    expect(new Set(chunks.map((chunk) => chunk.language))).toEqual(new Set([language]));
    const names = defines.filter((each) => !each.startsWith("~")).map((each) => each.replace(/^\w+ /, ""));
    for (const name of chunks.flatMap((chunk) => chunk.defines)) {
      expect(names.some((symbol) => symbol === name || symbol.endsWith(`.${name}`))).toBe(true);
    }
  });

  it("is known for more than the languages that people ask for", () => {
    expect(new Set(samples.map(({ language }) => language)).size).toBeGreaterThanOrEqual(35);
    expect(findGrammar("jsonc")).toBe(findGrammar("json"));
    expect([findGrammar("text"), findGrammar("constructor")]).toEqual([undefined, undefined]);
  });
});
