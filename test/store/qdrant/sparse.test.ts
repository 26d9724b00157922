import fc from "fast-check";
import { expect, it } from "vitest";
import { SparseEncoder, murmur3, sparseOf, tokenId } from "../../../src/store/qdrant/sparse.ts";

it("hashes as MurmurHash3 does", () => {
  const known = { "": 0, a: 0x3c2569b2, abc: 0xb3dd93fa, "Hello, world!": 0xc0363e43 };
  for (const [text, hash] of Object.entries(known))
    expect(murmur3(Buffer.from(text)).toString(16)).toBe(hash.toString(16));
});

it("weighs the terms of all fields, each once", () => {
  const { indices, values } = new SparseEncoder().encode({
    id: 1,
    path: "cart.ts",
    symbol: "Cart",
    defines: [],
    body: "cart total cart",
  });
  expect(new Set(indices)).toEqual(new Set(["cart", "ts", "total"].map(tokenId)));
  const weight = (term: string) => values[indices.indexOf(tokenId(term))] ?? 0;
  expect(weight("cart")).toBeGreaterThan(weight("ts"));
  expect(weight("ts")).toBeGreaterThan(weight("total"));
  expect(Math.max(...values)).toBeLessThanOrEqual(255);
  expect(values.every(Number.isInteger)).toBe(true);
});

it("adds up what falls on one number", () => {
  expect(
    sparseOf([
      ["a", 1],
      ["b", 2],
      ["a", 3],
    ]),
  ).toEqual({ indices: [tokenId("a"), tokenId("b")], values: [4, 2] });
});

it("gives a document the same vector whatever it encoded before", () => {
  const words = ["cart", "Total_sum", "readHTTPResponse", "naïve", "数据", "x1", "items", "item"];
  const document = fc.record({
    id: fc.nat(),
    path: fc.constantFrom("src/cart.ts", "数据/ünï.py"),
    symbol: fc.option(fc.constantFrom(...words)),
    defines: fc.array(fc.constantFrom(...words), { maxLength: 3 }),
    body: fc.array(fc.constantFrom(...words, "\n", "(", ")")).map((parts) => parts.join(" ")),
  });
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 8 }), (documents) => {
      const shared = new SparseEncoder();
      for (const each of documents) {
        const [one, fresh] = [shared.encode(each), new SparseEncoder().encode(each)];
        expect(byToken(one)).toEqual(byToken(fresh));
        expect(new Set(one.indices).size).toBe(one.indices.length);
      }
    }),
  );
});

function byToken({ indices, values }: { readonly indices: readonly number[]; readonly values: readonly number[] }) {
  return new Map(indices.map((index, at) => [index, values[at]]));
}
