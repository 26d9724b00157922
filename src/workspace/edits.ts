import { UserError } from "../errors.ts";
import { type LineEnd, lineEndOf, normalizeLineEnds } from "./lines.ts";

/** Replaces a piece of text that occurs once (or, with `replaceAll`, everywhere). */
export interface TextEdit {
  readonly oldText: string;
  readonly newText: string;
  readonly replaceAll?: boolean;
}

/** Replaces whole lines, counted from 1, `endLine` inclusive; `endLine` one less than `startLine` inserts before it. */
export interface LineEdit {
  readonly startLine: number;
  readonly endLine: number;
  readonly newText: string;
}

export type Edit = TextEdit | LineEdit;

interface Span {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Which edit it came from, counted from 1, for messages. */
  readonly edit: number;
}

/**
 * Applies edits that all speak of the text as it is now, in any order. Line ends are matched as `\n` whatever they are,
 * kept where nothing changes, and written in the file's own way where something does.
 * Throws `request.edit-not-found`, `request.edit-ambiguous`, `request.edits-overlap` or `request.invalid-edit`.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) throw new UserError("request.invalid-edit", "There is no edit to make");
  const view = new NormalView(text);
  const spans = edits
    .flatMap((edit, index) =>
      "oldText" in edit ? findText(view, edit, index + 1) : [findLines(view, edit, index + 1)],
    )
    .toSorted((a, b) => a.start - b.start || a.end - b.end);
  let edited = "";
  let at = 0;
  for (const span of spans) {
    if (span.start < at) {
      throw new UserError(
        "request.edits-overlap",
        `Edit ${span.edit} overlaps another near line ${view.lineAt(span.start)}`,
        { hint: "Join edits that touch the same lines into one." },
      );
    }
    edited += view.raw(at, span.start) + view.withOwnLineEnds(span.replacement);
    at = span.end;
  }
  edited += view.raw(at, view.text.length);
  if (edited === text) throw new UserError("request.invalid-edit", "The edits would change nothing");
  return edited;
}

function findText(view: NormalView, { oldText, newText, replaceAll }: TextEdit, edit: number): Span[] {
  const wanted = normalizeLineEnds(oldText, "mixed");
  if (wanted === "") throw new UserError("request.invalid-edit", `Edit ${edit} has an empty oldText`);
  const starts: number[] = [];
  for (let at = view.text.indexOf(wanted); at !== -1; at = view.text.indexOf(wanted, at + wanted.length))
    starts.push(at);
  if (starts.length === 0) throw notFound(view, wanted, edit);
  if (starts.length > 1 && replaceAll !== true) {
    const lines = starts.slice(0, 20).map((start) => view.lineAt(start));
    throw new UserError(
      "request.edit-ambiguous",
      `Edit ${edit} fits ${starts.length} places, at lines ${lines.join(", ")}`,
      {
        hint: "Give more of the text around it, or set replaceAll.",
      },
    );
  }
  const replacement = normalizeLineEnds(newText, "mixed");
  return starts.map((start) => ({ start, end: start + wanted.length, replacement, edit }));
}

function findLines(view: NormalView, { startLine, endLine, newText }: LineEdit, edit: number): Span {
  const whole = Number.isInteger(startLine) && Number.isInteger(endLine);
  if (
    !whole ||
    startLine < 1 ||
    endLine < startLine - 1 ||
    endLine > view.lineCount ||
    startLine > view.lineCount + 1
  ) {
    throw new UserError(
      "request.invalid-edit",
      `Edit ${edit} names lines ${startLine} to ${endLine} of ${view.lineCount}`,
      { hint: "Lines count from 1, in the file as it is now; read it again." },
    );
  }
  const start = view.startOfLine(startLine);
  const end = view.startOfLine(endLine + 1);
  let replacement = normalizeLineEnds(newText, "mixed");
  const lastIsOpen = !view.text.endsWith("\n");
  if (replacement !== "" && !replacement.endsWith("\n") && (end < view.text.length || !lastIsOpen)) replacement += "\n";
  // Appending behind a last line that has no end of its own gives it one.
  if (start === view.text.length && lastIsOpen && view.text !== "" && replacement !== "")
    replacement = `\n${replacement}`;
  return { start, end, replacement, edit };
}

function notFound(view: NormalView, wanted: string, edit: number): UserError {
  const first =
    wanted
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? "";
  const near = view.text
    .split("\n")
    .flatMap((line, index) => (first !== "" && line.trim() === first ? [index + 1] : []));
  return new UserError("request.edit-not-found", `The oldText of edit ${edit} does not occur in the file`, {
    hint:
      near.length > 0
        ? `Its first line occurs at line ${near.slice(0, 5).join(", ")}: compare spaces and the lines that follow.`
        : "Read the file again: it may have changed.",
  });
}

/** A text with `\n` line ends only, which knows where each of its places lies in the original. */
class NormalView {
  readonly text: string;
  readonly #raw: string;
  readonly #ownEnd: "\n" | "\r\n" | "\r";
  /** Normal offsets of the line ends that have one character more in the original. */
  readonly #wide: number[] = [];
  readonly #lineStarts: number[] = [0];

  constructor(raw: string) {
    const lineEnd = lineEndOf(raw);
    this.#raw = raw;
    this.text = normalizeLineEnds(raw, lineEnd);
    this.#ownEnd = usualLineEnd(raw, lineEnd);
    for (let at = raw.indexOf("\r\n"); at !== -1; at = raw.indexOf("\r\n", at + 2))
      this.#wide.push(at - this.#wide.length);
    for (let at = this.text.indexOf("\n"); at !== -1; at = this.text.indexOf("\n", at + 1))
      this.#lineStarts.push(at + 1);
  }

  get lineCount(): number {
    return this.#lineStarts.length - (this.#lineStarts.at(-1) === this.text.length ? 1 : 0);
  }

  /** Offset of a line's first character; the text's end for the line after the last. */
  startOfLine(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  lineAt(offset: number): number {
    return countBelow(this.#lineStarts, offset + 1);
  }

  raw(start: number, end: number): string {
    return this.#raw.slice(start + countBelow(this.#wide, start), end + countBelow(this.#wide, end));
  }

  withOwnLineEnds(text: string): string {
    return this.#ownEnd === "\n" ? text : text.replaceAll("\n", this.#ownEnd);
  }
}

function usualLineEnd(raw: string, lineEnd: LineEnd): "\n" | "\r\n" | "\r" {
  if (lineEnd === "crlf") return "\r\n";
  if (lineEnd === "cr") return "\r";
  if (lineEnd !== "mixed") return "\n";
  const crlf = raw.split("\r\n").length - 1;
  return crlf * 2 > raw.split("\n").length - 1 ? "\r\n" : "\n";
}

/** How many of the ascending numbers are less than `limit`. */
function countBelow(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
