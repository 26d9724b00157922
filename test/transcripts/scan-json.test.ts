import fc from "fast-check";
import { expect, test } from "vitest";
import { MALFORMED, eachElement, eachMember, isTrueAt, membersAt, stringAt } from "../../src/transcripts/scan-json.ts";
import type { Span } from "../../src/transcripts/scan-json.ts";

const anyObject = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue(), { maxKeys: 8 });
const spaced = (value: unknown) => [JSON.stringify(value), JSON.stringify(value, null, 2)];

function spans(bytes: Buffer): Map<string, Span> {
  const found = new Map<string, Span>();
  eachMember(bytes, 0, (key, span) => {
    found.set(key, span);
    return true;
  });
  return found;
}

test("finds each member of an object where a parser finds it", () => {
  fc.assert(
    fc.property(anyObject, (object) => {
      for (const text of spaced(object)) {
        const bytes = Buffer.from(text);
        const values: unknown[] = [];
        const end = eachMember(bytes, 0, (_, span) => {
          values.push(JSON.parse(bytes.toString("utf8", span.start, span.end)));
          return true;
        });
        expect(end).toBe(bytes.length);
        expect(values).toEqual(JSON.parse(JSON.stringify(Object.values(object))));
      }
    }),
  );
});

test("says that an object which ends early is malformed, wherever it ends", () => {
  fc.assert(
    fc.property(anyObject, fc.nat(), (object, cut) => {
      const bytes = Buffer.from(JSON.stringify(object));
      const head = bytes.subarray(0, cut % bytes.length);
      expect(eachMember(head, 0, () => true)).toBe(MALFORMED);
    }),
  );
});

test("reads strings as a parser does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const bytes = Buffer.from(JSON.stringify({ text }));
      // A lone half of a surrogate pair cannot be told apart once it is UTF-8; JSON writes it as an escape.
      expect(stringAt(bytes, spans(bytes).get("text"))).toBe(JSON.parse(JSON.stringify(text)));
    }),
    { numRuns: 30 },
  );
});

test("reads a string with control characters or broken escapes as well as it can", () => {
  const torn = Buffer.from('{"a":"one\u0000two\nthree","b":"half \\u12"}');
  expect(stringAt(torn, spans(torn).get("a"))).toBe("one two three");
  expect(stringAt(torn, spans(torn).get("b"))).toBe("half \\u12");
});

test("gives the elements of an array and refuses what is none", () => {
  const bytes = Buffer.from('{"list":[1, {"a":[2]}, "x,]", []],"text":"no list"}');
  const found: string[] = [];
  const members = spans(bytes);
  const list = members.get("list");
  const text = members.get("text");
  if (list === undefined || text === undefined) throw new Error("members expected");
  expect(eachElement(bytes, list, ({ start, end }) => found.push(bytes.toString("utf8", start, end)))).toBe(true);
  expect(found).toEqual(["1", '{"a":[2]}', '"x,]"', "[]"]);
  expect(eachElement(bytes, text, () => {})).toBe(false);
});

test("walks nesting deeper than any stack", () => {
  const deep = 200_000;
  const bytes = Buffer.from(`{"a":${"[".repeat(deep)}${"]".repeat(deep)},"b":true}`);
  expect(isTrueAt(bytes, spans(bytes).get("b"))).toBe(true);
});

test("ends a walk when the visitor has seen enough, without looking at the rest", () => {
  const bytes = Buffer.from('{"type":"progress","data":{ this is no JSON');
  expect(eachMember(bytes, 0, (key) => key !== "type")).toBe(18);
});

test("keeps the members that are wanted and takes wrong kinds for absent", () => {
  const bytes = Buffer.from('{"id":7,"name":"x","other":[]}');
  const members = membersAt(bytes, { start: 0, end: bytes.length }, new Set(["id", "name"]));
  expect([...members.keys()]).toEqual(["id", "name"]);
  expect(stringAt(bytes, members.get("id"))).toBeNull();
  expect(membersAt(bytes, members.get("name"), new Set(["id"])).size).toBe(0);
});
