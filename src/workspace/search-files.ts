import { UserError } from "../errors.ts";
import { compileGlob } from "../glob.ts";
import { splitLines } from "./lines.ts";
import { isShown } from "./list-files.ts";
import { makeCursor, readCursor, readLimit } from "./pages.ts";
import { resolveInside } from "./paths.ts";
import { readDecoded } from "./read-file.ts";
import { ripgrep } from "./ripgrep.ts";
import { walk } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

export interface SearchFilesRequest {
  /** A Rust regular expression, or plain text with `literal`. */
  readonly pattern: string;
  readonly literal?: boolean;
  /** Absent: only when the pattern has an upper-case letter, case counts. */
  readonly caseSensitive?: boolean;
  /** A directory or file; the whole workspace when absent. */
  readonly path?: string;
  /** Over paths relative to the workspace; without a slash over base names. */
  readonly glob?: string;
  /** Lines given before and after each match, 0 to 10. */
  readonly contextLines?: number;
  readonly cursor?: string;
  /** Matching lines, 1 to 200; 50 when absent. */
  readonly limit?: number;
  /** 10 s when absent. */
  readonly timeoutMs?: number;
}

export interface FileMatch {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface SearchFilesResult {
  readonly matches: readonly FileMatch[];
  readonly truncated: boolean;
  /** Cursor of the next page; null when there is none. */
  readonly next: string | null;
  /** Whether the time limit ended the search before all files were seen. */
  readonly timedOut: boolean;
}

/** Files that are larger hold data, not text that anyone searches line by line. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_TEXT = 500;
const MAX_PATTERN = 10_000;

/**
 * Finds the lines that match, in the order of paths and lines, in the files that a listing would show. Each line is
 * given as the safe way of reading sees it, so an exchanged file or link shows nothing.
 * Throws `request.invalid-pattern` and what the path, the glob, the cursor or the limit is refused with.
 */
export async function searchFiles(
  workspace: Workspace,
  request: SearchFilesRequest,
  signal?: AbortSignal,
): Promise<SearchFilesResult> {
  if (request.pattern === "" || request.pattern.length > MAX_PATTERN || request.pattern.includes("\0")) {
    throw new UserError("request.invalid-pattern", `A pattern has 1 to ${MAX_PATTERN} characters and no NUL`);
  }
  const limit = readLimit(request.limit, 50, 200);
  const from = request.cursor === undefined ? null : readPosition(request.cursor);
  const timeout = AbortSignal.timeout(Math.min(request.timeoutMs ?? 10_000, 120_000));
  const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const matches: FileMatch[] = [];
  const finder = new LineFinder(workspace, request.contextLines ?? 0);
  try {
    const files = (await filesToSearch(workspace, request, ended)).filter((file) => from === null || file >= from.path);
    for (const batch of batchesOf(files)) {
      const run = {
        cwd: workspace.root,
        pattern: request.pattern,
        flags: flagsOf(request),
        files: batch,
        signal: ended,
      };
      for await (const { file, line, text } of ripgrep(run)) {
        if (from !== null && file === from.path && line <= from.line) continue;
        const match = finder.find(file, line, text);
        if (match === null) continue;
        if (matches.length === limit) return pageOf(matches, false);
        matches.push(match);
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!timeout.aborted) throw error;
    return pageOf(matches, true);
  }
  return { matches, truncated: false, next: null, timedOut: false };
}

function pageOf(matches: readonly FileMatch[], timedOut: boolean): SearchFilesResult {
  const last = matches.at(-1);
  const next = last === undefined ? null : makeCursor(`${last.line}:${last.path}`);
  return { matches, truncated: true, next, timedOut };
}

function readPosition(cursor: string): { path: string; line: number } {
  const value = readCursor(cursor);
  const colon = value.indexOf(":");
  return { line: Number(value.slice(0, colon)), path: value.slice(colon + 1) };
}

function flagsOf(request: SearchFilesRequest): string[] {
  const byCase =
    request.caseSensitive === undefined ? "--smart-case" : request.caseSensitive ? "--case-sensitive" : "--ignore-case";
  // One thread at a time keeps the order; a file that matches everywhere must not crowd out all others' output.
  const flags = [byCase, "--sort=path", "--max-count=10000"];
  return request.literal === true ? [...flags, "--fixed-strings"] : flags;
}

async function filesToSearch(
  workspace: Workspace,
  request: SearchFilesRequest,
  signal: AbortSignal,
): Promise<string[]> {
  const place = resolveInside(workspace, request.path ?? "");
  if (!place.exists) {
    throw new UserError("workspace.not-found", `${place.relative} does not exist`, {
      hint: "list_files shows what is there.",
    });
  }
  const matches = request.glob === undefined ? () => true : compileGlob(request.glob);
  const files: string[] = [];
  try {
    const options = { ...workspace.ignore, under: place.relative, maxFileBytes: MAX_FILE_BYTES, signal };
    for await (const batch of walk(workspace.root, options)) {
      for (const { path } of batch) if (isShown(workspace, path) && matches(path)) files.push(path);
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return [place.relative];
    throw error;
  }
  return files.sort();
}

/** Command lines are bounded: 128 kB each holds on Linux and macOS, Windows takes 32 kB. */
function* batchesOf(files: readonly string[]): Generator<string[]> {
  const most = process.platform === "win32" ? 24_000 : 120_000;
  let batch: string[] = [];
  let length = 0;
  for (const file of files) {
    const cost = Buffer.byteLength(file) + 9;
    if (length + cost > most && batch.length > 0) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(file);
    length += cost;
  }
  if (batch.length > 0) yield batch;
}

/** Reads matched lines again, safely, keeping the file that it read last. */
class LineFinder {
  readonly #workspace: Workspace;
  readonly #context: number;
  #file = "";
  #lines: readonly string[] = [];

  constructor(workspace: Workspace, context: number) {
    this.#workspace = workspace;
    this.#context = Math.max(0, Math.min(10, Math.trunc(context)));
  }

  /** The line with its neighbours; null when the file is binary or no longer says that. */
  find(file: string, line: number, text: string | null): FileMatch | null {
    if (file !== this.#file) {
      this.#file = file;
      this.#lines = this.#read(file);
    }
    const actual = this.#lines[line - 1];
    if (actual === undefined || (text !== null && actual !== text)) return null;
    return {
      path: file,
      line,
      text: shorten(actual),
      before: this.#lines.slice(Math.max(0, line - 1 - this.#context), line - 1).map(shorten),
      after: this.#lines.slice(line, line + this.#context).map(shorten),
    };
  }

  #read(file: string): readonly string[] {
    try {
      return splitLines(readDecoded(resolveInside(this.#workspace, file)).text);
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  }
}

function shorten(line: string): string {
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line;
}
