import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import { DEFAULT_LIMIT } from "../../src/chunk/limits.ts";
import { syntax } from "./shared-syntax.ts";
import { expectSound } from "./invariants.ts";

const summaryOf = async (path: string, lines: readonly string[], maxTokens = 90) => {
  const limit = { ...DEFAULT_LIMIT, maxTokens };
  const text = lines.join("\n");
  const chunks = await chunkText({ path, text }, limit, syntax);
  expectSound(text, chunks, limit);
  return chunks;
};

const functionOf = (name: string) => [
  `function ${name}(event: Event) {`,
  ...Array.from({ length: 4 }, () => "  state.value = event.target.value;"),
  "}",
];

describe("single-file components", () => {
  it("are outlined block by block, each in its own language", async () => {
    const chunks = await summaryOf("App.vue", [
      '<script setup lang="ts">',
      "import { ref } from 'vue';",
      ...functionOf("open"),
      ...functionOf("close"),
      "</script>",
      "",
      "<template>",
      '  <div id="main">{{ title }}</div>',
      "</template>",
      "",
      "<style scoped>",
      ".a { color: red; }",
      "</style>",
    ]);
    expect(chunks.flatMap((chunk) => chunk.defines)).toEqual(["open", "close", "main"]);
    expect(chunks.map((chunk) => chunk.symbol)).toContain("close");
    expect(new Set(chunks.map((chunk) => chunk.language))).toEqual(new Set(["vue"]));
  });

  it("may have their markup outside of any block", async () => {
    const chunks = await summaryOf("App.svelte", [
      "<script>",
      "  export function go() {}",
      "</script>",
      "",
      "<h1 id='top'>x</h1>",
      "{#if a}",
      "<p/>",
      "{/if}",
    ]);
    expect(chunks.flatMap((chunk) => chunk.defines)).toEqual(["go", "top"]);
  });

  it("may begin with code between dashes", async () => {
    const chunks = await summaryOf("page.astro", [
      "---",
      "export const title = 1;",
      "---",
      "<html><body id='b'></body></html>",
    ]);
    expect(chunks.flatMap((chunk) => chunk.defines)).toEqual(["title", "b"]);
  });

  it("lose nothing where a block is never closed", async () => {
    await summaryOf("App.vue", ["<template>", "<div>", "<script>", "const a = 1"]);
    await summaryOf("page.astro", ["---", "const a = 1"]);
  });
});
