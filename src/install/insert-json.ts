import { createScanner, findNodeAtLocation, type JSONPath, type Node, parseTree } from "jsonc-parser";

/** How a file is written. */
export interface Layout {
  /** One step of indentation. */
  readonly indent: string;
  readonly eol: string;
}

/** `jsonc-parser`'s kinds of tokens, whose enumeration does not exist when the program runs. */
export const TOKEN = { comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, blank: 15 } as const;

/**
 * The text with a value at a path; what lies between is made. `jsonc-parser`'s own edits lay the neighbours out anew,
 * so only where to insert is taken from it: no character but the inserted ones changes.
 */
export function withValue(text: string, path: JSONPath, value: unknown, layout: Layout): string {
  const root = rootOf(text);
  const present = findNodeAtLocation(root, path);
  if (present !== undefined) {
    const shown = isOnOneLine(text, present.parent?.parent ?? root)
      ? oneLine(value)
      : lines(value, indentAt(text, present.offset), layout);
    return text.slice(0, present.offset) + shown + text.slice(present.offset + present.length);
  }
  let depth = path.length - 1;
  while (depth > 0 && findNodeAtLocation(root, path.slice(0, depth)) === undefined) depth--;
  const container = findNodeAtLocation(root, path.slice(0, depth)) ?? root;
  const inner = path.slice(depth + 1).reduceRight<unknown>((nested, key) => ({ [key]: nested }), value);
  return inserted(text, container, { key: String(path[depth]), value: inner }, layout);
}

/** The text with an item at the end of the list at a path. */
export function withItem(text: string, path: JSONPath, item: unknown, layout: Layout): string {
  const root = rootOf(text);
  return inserted(text, findNodeAtLocation(root, path) ?? root, { key: null, value: item }, layout);
}

interface Member {
  readonly key: string | null;
  readonly value: unknown;
}

/** The text with a member of an object, or an item of a list (whose key is null), after what a container holds. */
function inserted(text: string, container: Node, { key, value }: Member, layout: Layout): string {
  const { indent, eol } = layout;
  const name = key === null ? "" : `${JSON.stringify(key)}: `;
  const last = container.children?.at(-1);
  if (last === undefined) {
    const outer = indentAt(text, container.offset);
    const at = container.offset + 1;
    const rest = text.slice(at).replace(/^[ \t]*(?=[}\]])/, "");
    const closes = /^[}\]]/.test(rest) ? `${eol}${outer}` : "";
    return `${text.slice(0, at)}${eol}${outer}${indent}${name}${lines(value, outer + indent, layout)}${closes}${rest}`;
  }
  const end = last.offset + last.length;
  const [comma, at] = placeAfter(text, end);
  const head = text.slice(0, end) + (comma ? "" : ",") + text.slice(end, at);
  const tail = (comma ? "," : "") + text.slice(at);
  if (isOnOneLine(text, container)) return `${head} ${name}${oneLine(value)}${tail}`;
  const inside = indentAt(text, last.offset);
  return `${head}${eol}${inside}${name}${lines(value, inside, layout)}${tail}`;
}

/** Whether a comma follows already, and where the next item goes: after what is said of the last one on its line. */
function placeAfter(text: string, end: number): [comma: boolean, at: number] {
  const scanner = createScanner(text, false);
  scanner.setPosition(end);
  let comma = false;
  let at = end;
  for (;;) {
    const token: number = scanner.scan();
    if (token === TOKEN.comma && !comma) comma = true;
    else if (token !== TOKEN.blank && token !== TOKEN.lineComment && token !== TOKEN.blockComment) break;
    if (token === TOKEN.blank) continue;
    at = scanner.getTokenOffset() + scanner.getTokenLength();
    if (token === TOKEN.lineComment) break;
  }
  // On a line that goes on, what follows is not said of this item.
  const isLineEnd = /^[ \t]*(?:\r?\n|$)/.test(text.slice(at));
  if (isLineEnd) return [comma, at];
  return [false, end];
}

function isOnOneLine(text: string, { offset, length, children = [] }: Node): boolean {
  return children.length > 0 && !text.slice(offset, offset + length).includes("\n");
}

/** The blanks that the line of an offset begins with. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function lines(value: unknown, indent: string, { indent: step, eol }: Layout): string {
  return JSON.stringify(value, null, step).split("\n").join(`${eol}${indent}`);
}

function oneLine(value: unknown): string {
  return JSON.stringify(value);
}

function rootOf(text: string): Node {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) throw new Error("there is no JSON value to edit");
  return root;
}
