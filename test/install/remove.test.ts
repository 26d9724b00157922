import fc from "fast-check";
import { parse, type ParseError } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import { JsonText } from "../../src/install/edit-json.ts";

/** How a file is laid out: what people's editors and people themselves do to JSON. */
interface Style {
  readonly mark: string;
  readonly eol: string;
  readonly indent: string;
  readonly trailingComma: boolean;
}

const style = fc.record<Style>({
  mark: fc.constantFrom("", "\uFEFF"),
  eol: fc.constantFrom("\n", "\r\n"),
  indent: fc.constantFrom("  ", "\t", "    ", " "),
  trailingComma: fc.boolean(),
});
const comment = fc.constantFrom("", "", "", " // said of it", " /* said of it */", "  ");
const above = fc.constantFrom("", "", "// above", "/* above */");
const name = fc.constantFrom("a", "other", "x y", "é", 'q"', "//no", "url");
const value = fc.constantFrom<unknown>(
  1,
  null,
  "text // no comment",
  [1, 2],
  { command: "node", args: ["a"] },
  {},
  [],
  "/*",
);
const member = fc.tuple(name, value, comment, above);
const members = fc.uniqueArray(member, { minLength: 1, maxLength: 4, selector: ([key]) => key });

type Member = readonly [key: string, value: unknown, comment: string, above: string];

/** An object's members, one a line, each with its comments. */
function block(list: readonly Member[], depth: number, { eol, indent, trailingComma }: Style): string {
  const pad = indent.repeat(depth);
  const lines = list.flatMap(([key, each, note, before], at) => {
    const comma = at < list.length - 1 || trailingComma ? "," : "";
    const line = `${pad}${JSON.stringify(key)}: ${JSON.stringify(each)}${comma}${note}`;
    return before === "" ? [line] : [`${pad}${before}`, line];
  });
  return `{${eol}${lines.join(eol)}${eol}${indent.repeat(depth - 1)}}`;
}

/** A client's file with servers among other things, as `block` lays it out. */
function fileOf(rest: readonly Member[], servers: readonly Member[], at: number, how: Style): string {
  const shown = rest.filter(([key]) => key !== "servers");
  const before = shown.slice(0, at % (shown.length + 1));
  const after = shown.slice(before.length);
  const outer = block([...before, ["servers", 0, "", ""], ...after], 1, how);
  return how.mark + outer.replace('"servers": 0', () => `"servers": ${block(servers, 2, how)}`) + how.eol;
}

const files = fc.tuple(members, members, fc.nat(4), style).map(([rest, servers, at, how]) => ({
  servers: servers.map(([key]) => key),
  text: fileOf(rest, servers, at, how),
}));

const ENTRY = { type: "stdio", command: "/usr/bin/node", args: ["cli.js", "serve"], alwaysAllow: ["read_file"] };
const reads = (text: string) => {
  const errors: ParseError[] = [];
  const read: unknown = parse(text.replace(/^\uFEFF/, ""), errors, { allowTrailingComma: true });
  expect(errors).toEqual([]);
  return read as { servers: Record<string, unknown> };
};

describe("taking out what was put in", () => {
  it("gives the same bytes back, whatever comments, line ends and layout the file has", () => {
    fc.assert(
      fc.property(files, ({ text }) => {
        const json = new JsonText("file", text, "object");
        json.set(["servers", "codelab"], ENTRY);
        expect(reads(json.text).servers["codelab"]).toEqual(ENTRY);
        json.remove(["servers", "codelab"]);
        expect(json.text).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same bytes back of a file that a program wrote on one line or several", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.constantFrom(0, 2, "\t"),
        (all, indent) => {
          const text = JSON.stringify({ first: 1, servers: all, last: 2 }, null, indent);
          const json = new JsonText("file", text, "object");
          fc.pre(!("codelab" in all));
          json.set(["servers", "codelab"], ENTRY);
          json.remove(["servers", "codelab"]);
          expect(json.text).toBe(text);
        },
      ),
    );
  });

  it("takes any one out and leaves the others, and every comment, as they are", () => {
    fc.assert(
      fc.property(files, fc.nat(9), ({ text, servers }, pick) => {
        const gone = servers[pick % servers.length] ?? "";
        const json = new JsonText("file", text, "object");
        json.remove(["servers", gone]);
        const { servers: had, ...restBefore } = reads(text);
        const { servers: has, ...restAfter } = reads(json.text);
        const { [gone]: _, ...left } = had;
        expect({ restAfter, has }).toEqual({ restAfter: restBefore, has: left });
        const comments = (whole: string) => whole.match(/(?:\/\/ |\/\* )(?:said|above)/g) ?? [];
        expect(comments(json.text)).toEqual(comments(text));
        expect(json.text.includes("\r\n")).toBe(text.includes("\r\n"));
      }),
      { numRuns: 500 },
    );
  });

  it("takes an item out of a list, and what stands behind a comment stays outside of it", () => {
    const list = new JsonText("keys", '[\n  // mine\n  { "key": "a" },\n  { "key": "b" } // last\n]\n', "list");
    const text = list.text;
    list.append([], { key: "c" });
    list.remove([2]);
    expect(list.text).toBe(text);
    list.remove([0]);
    expect(list.text).toBe('[\n  // mine\n  { "key": "b" } // last\n]\n');
    const tight = new JsonText("file", '{ "a": 1, // note\n"b": 2, "c": 3 }', "object");
    tight.remove(["b"]);
    expect(reads(tight.text)).toEqual({ a: 1, c: 3 });
    tight.remove(["c"]);
    expect(reads(tight.text)).toEqual({ a: 1 });
    const address = new JsonText("file", '{"a":"http://x","b":2}', "object");
    address.set(["c"], 3);
    address.remove(["c"]);
    expect(address.text).toBe('{"a":"http://x","b":2}');
    tight.remove(["nothing"]);
    tight.remove(["a", "deeper"]);
    expect(reads(tight.text)).toEqual({ a: 1 });
  });
});
