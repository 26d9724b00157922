import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameMatch, scopeMatch } from "../../src/search/name-match.ts";
import { createNames } from "../../src/search/names.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { Sieve, saidIn, saidWords, sieveOfNames } from "../../src/search/sieve.ts";
import { makeChunk } from "../contract/make-chunks.ts";

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

describe("a sieve lets through", () => {
  it("every name that a query says", () => {
    fc.assert(
      fc.property(text, text, (name, asked) => {
        const names = createNames();
        const query = analyseQuery(asked);
        const said = saidIn(query, []);
        const head = { ...makeChunk("", { symbol: null, defines: [name] }), id: 1, path: "a.ts" };
        if (nameMatch(names.name(name), query, 0.5) === 0) return;
        expect(sieveOfNames([names.name(name)]).meets(said)).toBe(true);
        expect(names.chunk(head).defined(said)).toEqual([names.name(name)]);
      }),
    );
  });

  it("every path that fits what stands in front of the colon", () => {
    fc.assert(
      fc.property(text, text, (path, scope) => {
        const names = createNames();
        const query = analyseQuery(`${scope}: does something`);
        const asked = query.scope.map(names.name).filter(({ stems }) => stems.length > 0);
        const { stem, folders, sieve } = names.path(path);
        if (scopeMatch([stem, ...folders], asked) > 0) expect(sieve.meets(saidIn(query, asked))).toBe(true);
      }),
    );
  });
});

it("holds back most of what shares no word", () => {
  const all = Array.from({ length: 400 }, (_, n) => new Sieve().add(`word${n}`).add(`other${n}`));
  const query = saidWords(["one", "two", "three"]);
  expect(all.filter((sieve) => sieve.meets(query)).length).toBeLessThan(20);
});
