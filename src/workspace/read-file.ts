import { UserError } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { type LineEnd, lineEndOf, splitLines } from "./lines.ts";
import { readBytes, withRegularFile } from "./open-file.ts";
import { type SafePath, resolveInside } from "./paths.ts";
import { type DecodedText, type TextEncoding, decodeText } from "./text-encoding.ts";
import type { Workspace } from "./workspace.ts";

export interface ReadFileRequest {
  readonly path: string;
  /** Counted from 1; the whole file when absent. */
  readonly startLine?: number;
  /** Inclusive; a number past the end means the end. */
  readonly endLine?: number;
}

export interface ReadFileResult {
  readonly path: string;
  /** The lines joined with `\n`, whatever ends them on disk. */
  readonly text: string;
  /** First and last line of `text`; 1 and 0 for an empty file. */
  readonly startLine: number;
  readonly endLine: number;
  readonly totalLines: number;
  /** Whether lines that were asked for are missing. */
  readonly truncated: boolean;
  /** The line to continue at; null when nothing is missing. */
  readonly next: number | null;
  /** Lines of which only the beginning is given. */
  readonly cutLines: readonly number[];
  readonly encoding: TextEncoding;
  readonly eol: LineEnd;
  readonly bytes: number;
  /** Whether the file has further names, which may lie outside the workspace. */
  readonly hardLinked: boolean;
  /** sha256 of the bytes, hex: the `expectedHash` of a later edit. */
  readonly hash: string;
}

/** Characters that one answer carries; more would be cut or refused by clients. */
export const MAX_READ_CHARACTERS = 40_000;
/** Bytes of a file that is read at all, because all of it is in memory once. */
export const MAX_READ_BYTES = 32 * 1024 * 1024;
/** A longer line is data, of which its beginning says enough. */
const MAX_LINE_CHARACTERS = 4000;

/** Reads lines of a text file in the workspace, as many as one answer carries, and says where to continue. */
export function readFile(workspace: Workspace, request: ReadFileRequest): ReadFileResult {
  const { startLine = 1, endLine = Number.MAX_SAFE_INTEGER } = request;
  if (!Number.isInteger(startLine) || !Number.isInteger(endLine) || startLine < 1 || endLine < startLine) {
    throw new UserError("request.invalid-range", `Lines ${startLine} to ${endLine} are no range`, {
      hint: "Lines count from 1, and the last is not before the first.",
    });
  }
  const path = resolveInside(workspace, request.path);
  const { bytes, text, encoding, links } = readDecoded(path);
  const lines = splitLines(text);
  if (startLine > Math.max(lines.length, 1)) {
    throw new UserError("request.invalid-range", `${path.relative} has ${lines.length} lines, none at ${startLine}`, {
      hint: "Lines count from 1; leave startLine out to read from the beginning.",
    });
  }
  const wanted = Math.min(endLine, lines.length);
  const page = takePage(lines, startLine, wanted);
  const last = startLine + page.lines.length - 1;
  return {
    path: path.relative,
    text: page.lines.join("\n"),
    startLine,
    endLine: last,
    totalLines: lines.length,
    truncated: last < wanted || page.cut.length > 0,
    next: last < wanted ? last + 1 : null,
    cutLines: page.cut,
    encoding,
    eol: lineEndOf(text),
    bytes: bytes.length,
    hardLinked: links > 1,
    hash: sha256(bytes),
  };
}

interface DecodedFile extends DecodedText {
  readonly bytes: Buffer;
  /** Number of its names. */
  readonly links: number;
}

/** Reads and decodes a whole text file. Throws `workspace.too-large` and `workspace.binary` besides what opening throws. */
export function readDecoded(path: SafePath): DecodedFile {
  const { bytes, links } = withRegularFile(path.absolute, path.relative, (fd, stats) => {
    if (stats.size > MAX_READ_BYTES) {
      throw new UserError("workspace.too-large", `${path.relative} has ${stats.size} bytes, too many to read`, {
        hint: "Search in it with search_files instead.",
      });
    }
    return { bytes: readBytes(fd, 0, stats.size + 1), links: stats.nlink };
  });
  const decoded = decodeText(bytes);
  if (decoded === null) {
    throw new UserError("workspace.binary", `${path.relative} is binary (${bytes.length} bytes), not text`, {
      hint: "Only text can be read; list_files tells which files there are, and how large.",
    });
  }
  return { bytes, links, ...decoded };
}

function takePage(lines: readonly string[], startLine: number, endLine: number): { lines: string[]; cut: number[] } {
  const taken: string[] = [];
  const cut: number[] = [];
  let characters = 0;
  for (let number = startLine; number <= endLine; number++) {
    const line = lines[number - 1] ?? "";
    const shown = line.length > MAX_LINE_CHARACTERS ? line.slice(0, MAX_LINE_CHARACTERS) : line;
    characters += shown.length + 1;
    if (characters > MAX_READ_CHARACTERS && taken.length > 0) break;
    if (shown !== line) cut.push(number);
    taken.push(shown);
  }
  return { lines: taken, cut };
}
