import fc from "fast-check";
import { expect, it } from "vitest";
import { PostingBuilder } from "../../../src/store/lexical/posting.ts";
import { NO_POSTINGS, denseList, docsIn, impactIn, listOf } from "../../../src/store/lexical/posting-list.ts";

const segment = fc.integer({ min: 1, max: 300 }).chain((docs) =>
  fc.record({
    docs: fc.constant(docs),
    impacts: fc.dictionary(fc.nat(docs - 1).map(String), fc.integer({ min: 1, max: 255 })),
  }),
);

it("says the same of a segment in either form, and takes the smaller one", () => {
  fc.assert(
    fc.property(segment, ({ docs, impacts }) => {
      const places = Object.keys(impacts)
        .map(Number)
        .toSorted((a, b) => a - b);
      const stored = new PostingBuilder();
      for (const doc of places) stored.add(doc, impacts[doc] ?? 0);
      const list = listOf(stored.bytes, docs);
      const dense = denseList(Uint8Array.from({ length: docs }, (_, doc) => impacts[doc] ?? 0));
      for (const form of [list, dense]) {
        expect(form.count).toBe(places.length);
        expect(Array.from(docsIn(form))).toEqual(places);
        for (let doc = 0; doc < docs; doc++) expect(impactIn(form, doc)).toBe(impacts[doc] ?? 0);
      }
      expect(list.bytes.length).toBeLessThanOrEqual(Math.min(docs, stored.bytes.length));
    }),
  );
});

it("holds nothing where a word does not occur", () => {
  expect(listOf(new Uint8Array(), 100)).toBe(NO_POSTINGS);
  expect(impactIn(NO_POSTINGS, 3)).toBe(0);
  expect(docsIn(NO_POSTINGS)).toHaveLength(0);
});
