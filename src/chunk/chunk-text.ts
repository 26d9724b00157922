import type { Chunk, ChunkLimit } from "./chunk.ts";
import { languageOf } from "./languages.ts";
import { MAX_MEAN_LINE, MAX_PARSED_LENGTH } from "./limits.ts";
import { outlineLines } from "./outline-lines.ts";
import { outlineText } from "./outline-text.ts";
import { packChunks } from "./pack.ts";
import { splitLines } from "./source-lines.ts";
import { createSyntax, type Syntax } from "./syntax.ts";

/** Changes whenever the same text would give other chunks, so that an index knows that it is out of date. */
export const CHUNKER_VERSION = "2";

export interface ChunkSource {
  /** Tells the language, where that is not given. */
  readonly path: string;
  readonly text: string;
  readonly language?: string;
}

/**
 * Splits a text into chunks of at most `limit.maxTokens` by `limit.measure`, which should add up over lines. Lines end
 * at `\n`; a `\r` before it is not part of the chunk, so that both line endings give the same chunks, and any other
 * `\r` or Unicode separator is an ordinary character. A byte order mark is dropped. Pass a `syntax` to keep its
 * grammars loaded between calls.
 */
export async function chunkText(
  source: ChunkSource,
  limit: ChunkLimit,
  syntax: Syntax = createSyntax(),
): Promise<Chunk[]> {
  const text = source.text.startsWith("\uFEFF") ? source.text.slice(1) : source.text;
  const language = source.language ?? ownLanguage(languageOf(source.path, firstLineOf(text)), source.path, text);
  const lines = splitLines(text, limit.measure);
  const parsable = text.length <= MAX_PARSED_LENGTH && text.length <= lines.count * MAX_MEAN_LINE;
  const outline = parsable ? await outlineText(lines, language, limit.maxTokens, syntax) : outlineLines(lines);
  return packChunks(lines, outline, language, limit);
}

/** A `.h` file is C++ once it says so. */
function ownLanguage(language: string, path: string, text: string): string {
  return language === "c" && path.endsWith(".h") && CPP_ONLY.test(text) ? "cpp" : language;
}

const CPP_ONLY =
  /^[ \t]*(?:class\s+\w+|namespace\s+\w+|namespace\s*\{|template\s*<|using\s+\w+|(?:public|private|protected)\s*:)/m;

function firstLineOf(text: string): string {
  const end = text.indexOf("\n");
  return text.slice(0, Math.min(end === -1 ? text.length : end, 200));
}
