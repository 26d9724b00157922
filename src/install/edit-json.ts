import { type JSONPath, parse, type ParseError, printParseErrorCode } from "jsonc-parser";
import { UserError } from "../errors.ts";
import { type Layout, withItem, withValue } from "./insert-json.ts";
import { withoutValue } from "./remove-json.ts";

/** A JSON file with comments in the making: every edit leaves all that it does not speak of as it was written. */
export class JsonText {
  readonly #file: string;
  readonly #layout: Layout;
  /** The byte order mark that some of Windows' editors begin a file with. */
  readonly #mark: string;
  readonly #isList: boolean;
  #text: string;

  /**
   * `text` null or blank begins a new file. Throws `request.broken-config` for what is no JSON, or not of the wanted kind.
   */
  constructor(file: string, text: string | null, kind: "object" | "list") {
    this.#file = file;
    this.#isList = kind === "list";
    this.#mark = text?.startsWith("\uFEFF") === true ? "\uFEFF" : "";
    this.#text = begun((text ?? "").slice(this.#mark.length), this.#isList ? "[]" : "{}");
    this.#layout = layoutOf(this.#text);
    const root = this.#read();
    if (this.#isList ? !Array.isArray(root) : !isObject(root)) this.#refuse(`it holds no JSON ${kind}`);
  }

  get text(): string {
    return this.#mark + this.#text;
  }

  /** The value at a path; undefined where there is none. */
  get(path: JSONPath): unknown {
    return path.reduce<unknown>((value, key) => {
      if (Array.isArray(value)) return value[Number(key)];
      return isObject(value) ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
    }, this.#read());
  }

  /** Sets a value; nothing is written anew where it already is that. */
  set(path: JSONPath, value: unknown): void {
    this.#expectObjects(path);
    if (isEqual(this.get(path), value)) return;
    this.#text = withValue(this.#text, path, value, this.#layout);
    // Of two fields of one name readers take the last, and edits go to the first.
    if (!isEqual(this.get(path), value)) this.#refuse(`${path.join(".")}, or what holds it, stands there twice`);
  }

  remove(path: JSONPath): void {
    if (this.get(path) !== undefined) this.#text = withoutValue(this.#text, path);
  }

  /** The items of a list; empty where there is none. Throws `request.broken-config` for what is no list. */
  list(path: JSONPath): readonly unknown[] {
    const value = this.get(path) ?? [];
    return Array.isArray(value) ? value : this.#refuse(`${path.join(".")} is no list`);
  }

  append(path: JSONPath, item: unknown): void {
    const isThere = this.get(path) !== undefined;
    this.#text = isThere
      ? withItem(this.#text, path, item, this.#layout)
      : withValue(this.#text, path, [item], this.#layout);
  }

  #read(): unknown {
    const errors: ParseError[] = [];
    const value: unknown = parse(this.#text, errors, { allowTrailingComma: true, disallowComments: false });
    const [first] = errors;
    if (first === undefined) return value;
    const before = this.#text.slice(0, first.offset).split("\n");
    const where = `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
    return this.#refuse(`${printParseErrorCode(first.error)} at ${where}`);
  }

  /** What lies on the way to a value must be objects: anything else is not ours to replace. */
  #expectObjects(path: JSONPath): void {
    for (let length = 1; length < path.length; length++) {
      const value = this.get(path.slice(0, length));
      if (value !== undefined && !isObject(value) && !Array.isArray(value)) {
        this.#refuse(`${path.slice(0, length).join(".")} is no object`);
      }
    }
  }

  #refuse(what: string): never {
    throw new UserError("request.broken-config", `${this.#file} is not as expected: ${what}`, {
      hint: "It was left as it is. Mend it, or move it away, and try again.",
    });
  }
}

/** A text that holds a value: a new one where there is nothing but blanks and comments, which are kept. */
function begun(text: string, empty: string): string {
  if (text.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, "").trim() !== "") return text;
  return text.trim() === "" ? `${empty}\n` : `${text.trimEnd()}\n${empty}\n`;
}

/** The way in which the file is written: its indentation and its line ends. */
function layoutOf(text: string): Layout {
  return { indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ", eol: text.includes("\r\n") ? "\r\n" : "\n" };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Equality of JSON values, whatever the order of an object's fields. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isEqual(item, b[at]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const [left, right] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isEqual(value, right.get(key)));
}
