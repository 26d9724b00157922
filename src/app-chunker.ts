import { CHUNKER_VERSION, chunkText } from "./chunk/chunk-text.ts";
import { languageOf } from "./chunk/languages.ts";
import { DEFAULT_LIMIT } from "./chunk/limits.ts";
import { createSyntax, type Syntax } from "./chunk/syntax.ts";
import type { Chunker } from "./indexer/prepare-batch.ts";

/** Cuts texts in this process. */
export function createChunker(): Chunker & AsyncDisposable {
  let syntax: Syntax | undefined;
  return {
    version: CHUNKER_VERSION,
    languageOf: (path, text) => languageOf(path, text.slice(0, 200).split("\n", 1)[0] ?? ""),
    chunk: async (files, signal) => {
      syntax ??= createSyntax();
      const chunks = [];
      for (const file of files) {
        signal.throwIfAborted();
        chunks.push(await chunkText(file, DEFAULT_LIMIT, syntax));
      }
      return chunks;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
