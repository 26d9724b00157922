import path from "node:path";
import { UserError } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { type UnwantedText, unwantedText } from "./generated.ts";
import { type LineEnd, lineEndOf, normalizeLineEnds } from "./lines.ts";
import { readBytes, withRegularFile } from "./open-file.ts";
import { type TextEncoding, decodeText } from "./text-encoding.ts";
import { DEFAULT_MAX_FILE_BYTES } from "./walk.ts";

/** The file's state at the moment its bytes were read. */
export interface ReadState {
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
  /** sha256 of the bytes, hex; empty when they were not read. */
  readonly hash: string;
}

export interface ReadText extends ReadState {
  /** Without byte order mark and with `\n` line ends, so that line numbers are the same everywhere. */
  readonly text: string;
  readonly encoding: TextEncoding;
  readonly eol: LineEnd;
  /** Whether invalid bytes were replaced. */
  readonly lossy: boolean;
}

export type ReadSkipReason = "vanished" | "unreadable" | "special-file" | "too-large" | "binary" | UnwantedText;

export interface ReadSkip extends ReadState {
  readonly skipped: ReadSkipReason;
}

export interface ReadTextOptions {
  /** Bytes; 1 MB when absent. */
  readonly maxFileBytes?: number;
}

/**
 * Reads a file for indexing: `file` is a path that a walk of `root` yielded. Synchronous, because that is ten times
 * faster; never waits on a pipe or device, follows no link, and never throws for what a disk may hold.
 */
export function readText(root: string, file: string, options: ReadTextOptions = {}): ReadText | ReadSkip {
  const limit = options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES;
  try {
    return withRegularFile(path.join(root, file), file, (fd, stats) => {
      const state = { size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino, hash: "" };
      if (stats.size > limit) return { ...state, skipped: "too-large" };
      // One byte more shows whether the file grew after it was measured.
      const bytes = readBytes(fd, 0, stats.size + 1);
      if (bytes.length > limit) return { ...state, skipped: "too-large" };
      const hash = sha256(bytes);
      return { ...state, hash, ...interpret(file, bytes) };
    });
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof Error && "errno" in error)) throw error;
    return { size: 0, mtimeMs: 0, inode: 0, hash: "", skipped: reasonOf(error) };
  }
}

function interpret(file: string, bytes: Buffer) {
  const decoded = decodeText(bytes);
  if (decoded === null) return { skipped: "binary" } as const;
  const unwanted = unwantedText(file, decoded.text);
  if (unwanted !== null) return { skipped: unwanted } as const;
  const eol = lineEndOf(decoded.text);
  return { text: normalizeLineEnds(decoded.text, eol), encoding: decoded.encoding, eol, lossy: decoded.lossy };
}

function reasonOf(error: Error): ReadSkipReason {
  if (!(error instanceof UserError)) return "unreadable";
  if (error.code === "workspace.not-found" || error.code === "permission.changed-path") return "vanished";
  return error.code === "workspace.not-a-file" ? "special-file" : "unreadable";
}
