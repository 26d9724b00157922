import fc from "fast-check";
import { expect, it } from "vitest";
import { type LexicalDocument, TermCounter } from "../../../src/store/lexical/term-counter.ts";
import { termsOf } from "../../../src/terms.ts";

const identifier = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,14}$/);
const word = fc.oneof(
  { weight: 6, arbitrary: identifier },
  fc.constantFrom("été", "数据库", "x".repeat(90), "ﬁne", "İx"),
);
const gap = fc.constantFrom(" ", "\n", ".", "(", "\t", "\0", "\u00a0", "-", "😀", "\ud800");
const text = fc
  .oneof(fc.array(fc.tuple(word, gap), { maxLength: 30 }), fc.array(fc.tuple(fc.string({ unit: "binary" }), gap)))
  .map((pairs) => pairs.flat().join(""));
const document: fc.Arbitrary<LexicalDocument> = fc.record({
  id: fc.nat(),
  path: text,
  symbol: fc.option(text),
  defines: fc.array(text, { maxLength: 3 }),
  body: text,
});

/** The terms of a document with their weights, as the definition has them. */
function expected({ path, symbol, defines, body }: LexicalDocument) {
  const weights = new Map<string, number>();
  const add = (field: string, weight: number) => {
    for (const term of termsOf(field)) weights.set(term, (weights.get(term) ?? 0) + weight);
  };
  add(body, 1);
  add(path, 2);
  for (const name of new Set([...defines, symbol ?? ""])) add(name, 4);
  return { weights, length: termsOf(body).length };
}

function counted(counter: TermCounter, document: LexicalDocument) {
  const weights = new Map<string, number>();
  const lengths = new Set<number>();
  counter.count(document, (term, weight, length) => {
    expect(weights.has(counter.term(term))).toBe(false);
    weights.set(counter.term(term), weight);
    lengths.add(length);
  });
  return { weights, lengths };
}

it("counts what splitting the fields gives, whatever it counted before", () => {
  const counter = new TermCounter();
  fc.assert(
    fc.property(document, (each) => {
      const { weights, length } = expected(each);
      const found = counted(counter, each);
      expect(found.weights).toEqual(weights);
      expect(Array.from(found.lengths)).toEqual(weights.size === 0 ? [] : [length]);
    }),
    { numRuns: 500 },
  );
});

it("keeps many identifiers apart and each once", () => {
  const counter = new TermCounter();
  const body = Array.from({ length: 20_000 }, (_, index) => `name${index.toString(36)}X`).join(" ");
  const each = { id: 1, path: "", symbol: null, defines: [], body };
  const first = counted(counter, each);
  expect(first.weights).toEqual(expected(each).weights);
  const [names, size] = [counter.names, counter.size];
  expect(names).toBe(20_000);
  expect(counted(counter, each).weights).toEqual(first.weights);
  expect([counter.names, counter.size]).toEqual([names, size]);
});
