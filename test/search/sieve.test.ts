import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { definitionMatch, nameMatch, scopeMatch } from "../../src/search/name-match.ts";
import { NamePool } from "../../src/search/name-pool.ts";
import { namesOfPath } from "../../src/search/names.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { saidNames } from "../../src/search/said-names.ts";
import { Sieve, bitsOf, hashOf, markOf, meets } from "../../src/search/sieve.ts";
import { Vocabulary } from "../../src/search/vocabulary.ts";

const words = [
  "serializer",
  "serialization",
  "cfg",
  "config",
  "Routes",
  "routing",
  "HTTP",
  "x",
  "数据库",
  "größe",
  "7",
];
const text = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom("", "_", ".", "-", " ", "/", ": ")), { maxLength: 5 })
  .map((parts) => parts.flat().join(""));

/** What a sieve lets through of names, and what the query says of them. */
function read(names: readonly string[], asked: string) {
  const vocabulary = new Vocabulary();
  const pool = new NamePool(vocabulary);
  const start = pool.add(names);
  const query = analyseQuery(asked);
  const { low, high } = pool.sieveOf(start);
  const said = saidNames(query, vocabulary);
  return { data: pool.data, start, said, isMet: meets(low, high, said.bits) };
}

describe("a sieve lets through", () => {
  it("every name that a query says", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), text, (names, asked) => {
        const { data, start, said, isMet } = read(names, asked);
        if (nameMatch(data, start, said, 0.5) > 0) expect(isMet).toBe(true);
        if (definitionMatch(data, start, said, 0.5) > 0) expect(isMet).toBe(true);
      }),
    );
  });

  it("every name that a half symbol begins", () => {
    const { data, start, said, isMet } = read(["debounceTime"], "debounceTi");
    expect([nameMatch(data, start, said, 0.5), isMet]).toEqual([1, true]);
    expect(read(["snapshotter"], "snapsh").isMet).toBe(true);
  });

  it("every path that fits what stands in front of the colon", () => {
    fc.assert(
      fc.property(text, text, (path, scope) => {
        const { data, start, said, isMet } = read(namesOfPath(path), `${scope}: does something`);
        // A part without a word fits every name.
        if (said.scope.some((stems) => stems.length === 0)) return;
        if (scopeMatch(data, start, said) > 0) expect(isMet).toBe(true);
      }),
    );
  });
});

it("holds back most of what shares no word", () => {
  const mark = (word: string) => markOf(hashOf(word));
  const all = Array.from({ length: 400 }, (_, n) => new Sieve().add(mark(`word${n}`)).add(mark(`other${n}`)));
  const said = bitsOf(["one", "two", "three"].map(mark));
  expect(all.filter(({ low, high }) => meets(low, high, said)).length).toBeLessThan(20);
});

it("tells words apart by 32 bits", () => {
  const words = Array.from({ length: 36 ** 3 }, (_, n) => n.toString(36));
  expect(new Set(words.map(hashOf)).size).toBe(words.length);
});
