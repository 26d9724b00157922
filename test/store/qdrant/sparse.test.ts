import { expect, it } from "vitest";
import { murmur3, sparseDocument, sparseOf, tokenId } from "../../../src/store/qdrant/sparse.ts";

it("hashes as MurmurHash3 does", () => {
  const known = { "": 0, a: 0x3c2569b2, abc: 0xb3dd93fa, "Hello, world!": 0xc0363e43 };
  for (const [text, hash] of Object.entries(known))
    expect(murmur3(Buffer.from(text)).toString(16)).toBe(hash.toString(16));
});

it("weighs the terms of all fields, each once", () => {
  const { indices, values } = sparseDocument({
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
