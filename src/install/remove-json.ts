import { createScanner, findNodeAtLocation, type JSONPath, parseTree } from "jsonc-parser";
import { TOKEN } from "./insert-json.ts";

/**
 * The text without the value at a path: the inverse of `withValue` and `withItem`, so that what they put in goes without
 * a trace. `jsonc-parser`'s own removal takes the comments between two values with it; here all of them stay.
 */
export function withoutValue(text: string, path: JSONPath): string {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const value = root === undefined ? undefined : findNodeAtLocation(root, path);
  const item = value?.parent?.type === "property" ? value.parent : value;
  const container = item?.parent;
  if (item === undefined || container === undefined) return text;
  const siblings = container.children ?? [];
  const before = siblings[siblings.indexOf(item) - 1];
  let end = item.offset + item.length;
  let head = text.slice(0, item.offset);
  const after = commaAfter(text, end);
  let tail = text.slice(end);
  if (after !== null) {
    end = after + 1;
    tail = text.slice(item.offset + item.length, after) + text.slice(end);
  } else if (before !== undefined) {
    // The last one takes the comma before it along.
    const comma = commaAfter(text, before.offset + before.length);
    if (comma !== null) head = head.slice(0, comma) + head.slice(comma + 1);
  }
  const trimmed = head.trimEnd();
  // What follows on the same line must not come to stand behind a comment that ends with its line.
  const from = before === undefined ? container.offset + 1 : before.offset + before.length;
  const isSafe = /^[ \t]*(?:\r?\n|$)/.test(tail) || !endsInLineComment(text.slice(from, item.offset));
  const rest =
    siblings.length === 1 && trimmed.length === container.offset + 1 ? tail.replace(/^\s*(?=[}\]])/, "") : tail;
  return (isSafe ? trimmed : head) + rest;
}

/** Whether the last that stands between two values, but for blanks, is a comment that ends with its line. */
function endsInLineComment(between: string): boolean {
  const scanner = createScanner(between, false);
  let last = 0;
  for (;;) {
    const token: number = scanner.scan();
    if (scanner.getTokenLength() === 0) return last === TOKEN.lineComment;
    if (token !== TOKEN.blank && token !== TOKEN.lineBreak) last = token;
  }
}

/** Where the comma after an offset stands, if nothing but blanks and comments comes before it. */
function commaAfter(text: string, offset: number): number | null {
  const scanner = createScanner(text, false);
  scanner.setPosition(offset);
  for (;;) {
    const token: number = scanner.scan();
    if (token === TOKEN.comma) return scanner.getTokenOffset();
    const isBetween = [TOKEN.blank, TOKEN.lineBreak, TOKEN.lineComment, TOKEN.blockComment].some(
      (each) => each === token,
    );
    if (!isBetween) return null;
  }
}
