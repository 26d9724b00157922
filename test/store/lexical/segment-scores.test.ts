import fc from "fast-check";
import { expect, it } from "vitest";
import { PostingBuilder, SEGMENT_DOCS } from "../../../src/store/lexical/posting.ts";
import { type PostingList, listOf } from "../../../src/store/lexical/posting-list.ts";
import { SegmentScores } from "../../../src/store/lexical/segment-scores.ts";

/** Impacts of a word by document; from rare to in nearly all. */
const impacts = (docs: number) =>
  fc.integer({ min: 1, max: 12 }).chain((step) =>
    fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: Math.ceil(docs / step), maxLength: Math.ceil(docs / step) })
      .map((few) => {
        const all = new Uint8Array(docs);
        few.forEach((impact, at) => (all[(at * step + at) % docs] = impact));
        return all;
      }),
  );

function postingsOf(all: Uint8Array): PostingList {
  const stored = new PostingBuilder();
  all.forEach((impact, doc) => {
    if (impact > 0) stored.add(doc, impact);
  });
  return listOf(stored.bytes, all.length);
}

const segment = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constant(SEGMENT_DOCS)).chain((docs) =>
  fc.record({
    docs: fc.constant(docs),
    words: fc.array(impacts(docs), { minLength: 1, maxLength: 4 }),
    weights: fc.array(fc.float({ min: Math.fround(0.001), max: 3, noNaN: true }), { minLength: 4, maxLength: 4 }),
    withPhrase: fc.boolean(),
  }),
);

it("adds up what each word and each phrase gives, as one document after the other would", () => {
  const scores = new SegmentScores();
  fc.assert(
    fc.property(segment, ({ docs, words, weights, withPhrase }) => {
      const all = words.map((_, word) => word);
      const clauses = [
        ...all.map((word) => ({ words: [word] })),
        ...(withPhrase && words.length > 1 ? [{ words: all }] : []),
      ];
      scores.add({ words: [], clauses }, weights, words.map(postingsOf));
      const expected = Array.from({ length: docs }, (_, doc) => {
        const gained = all.map((word) => (weights[word] ?? 0) * (words[word]?.[doc] ?? 0));
        const sum = gained.reduce((total, gain) => total + gain, 0);
        return clauses.length > words.length && gained.every((gain) => gain > 0) ? 2 * sum : sum;
      });
      expected.forEach((score, doc) => {
        if (Math.abs(scores.scoreOf(doc) - score) > 1e-4 * score + 1e-9) expect(scores.scoreOf(doc)).toBe(score);
      });
      // Sums are kept in single precision, so the bar is compared in it too.
      const bar = Math.fround(Math.max(...expected) / 2);
      const found = Array.from(scores.atLeast(bar, docs));
      expect(found).toEqual(Array.from(expected.keys()).filter((doc) => scores.scoreOf(doc) >= Math.max(bar, 1e-30)));
      const matched = Array.from(scores.atLeast(-Infinity, docs));
      expect(matched).toEqual(expected.flatMap((score, doc) => (score > 0 ? [doc] : [])));
    }),
    { numRuns: 60 },
  );
});
