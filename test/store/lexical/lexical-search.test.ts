import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Database } from "../../../src/sqlite.ts";
import { LexicalSearch } from "../../../src/store/lexical/lexical-search.ts";
import { impactOf, unitWeight } from "../../../src/store/lexical/lexical-weights.ts";
import { addDocuments, removeDocuments } from "../../../src/store/lexical/lexical-writer.ts";
import { SEGMENT_DOCS } from "../../../src/store/lexical/posting.ts";
import { compactSegments } from "../../../src/store/lexical/segment-compaction.ts";
import { type LexicalDocument, TermCounter } from "../../../src/store/lexical/term-counter.ts";
import { TempStore } from "../temp-store.ts";

const document = (id: number, body: string): LexicalDocument => ({ id, path: "", symbol: null, defines: [], body });

function write(db: Database, revision: number, documents: readonly LexicalDocument[], gone: readonly number[] = []) {
  db.transaction(() => {
    removeDocuments(db, revision, gone);
    addDocuments(db, revision, documents, new TermCounter());
    compactSegments(db, revision);
  });
}

/** BM25F as the books have it, one document after the other. */
function naiveSearch(documents: readonly LexicalDocument[], words: readonly string[], limit: number) {
  const split = documents.map(({ id, body }) => ({ id, terms: body.split(" ").filter((term) => term !== "") }));
  const weights = words.map((word) =>
    unitWeight(split.filter(({ terms }) => terms.includes(word)).length, documents.length),
  );
  return split
    .map(({ id, terms }) => {
      const score = words.reduce((sum, word, at) => {
        const count = terms.filter((term) => term === word).length;
        return count === 0 ? sum : sum + (weights[at] ?? 0) * impactOf(count, terms.length);
      }, 0);
      return { id, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, limit);
}

describe("lexical search", () => {
  it("finds what comparing every document finds, with the same scores", async () => {
    await using place = await TempStore.create();
    const db = await place.openTables();
    const search = new LexicalSearch(db);
    // Words of very different frequency, so that rare ones raise the bar for frequent ones.
    const word = fc.oneof({ weight: 8, arbitrary: fc.constantFrom("a", "b") }, fc.constantFrom("c", "d", "x", "y"));
    const body = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
    const question = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "x", "y", "q"), { minLength: 1 });
    let documents: LexicalDocument[] = [];
    let nextId = 1;
    let revision = 0;
    fc.assert(
      fc.property(
        fc.array(body, { maxLength: 60 }),
        fc.nat(3),
        question,
        fc.integer({ min: 1, max: 20 }),
        (bodies, drop, words, limit) => {
          const gone = documents.filter(({ id }) => drop > 0 && id % 4 === drop).map(({ id }) => id);
          const fresh = bodies.map((text) => document(nextId++, text));
          write(db, ++revision, fresh, gone);
          documents = documents.filter(({ id }) => !gone.includes(id)).concat(fresh);
          search.refresh(revision);
          const found = search.search(
            words.map((text) => ({ text })),
            limit,
          );
          // Documents that are gone count in how frequent a word is until they are compacted: the order may differ.
          const expected = naiveSearch(documents, words, limit);
          expect(found).toHaveLength(expected.length);
          for (const { id } of found) expect(documents.some((known) => known.id === id)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives exact scores and order however the bar is raised", async () => {
    const word = fc.constantFrom("a", "a", "a", "a", "b", "b", "c", "d", "x");
    const body = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
    await fc.assert(
      fc.asyncProperty(fc.array(body, { maxLength: 120 }), fc.integer({ min: 1, max: 8 }), async (bodies, limit) => {
        await using place = await TempStore.create();
        const db = await place.openTables();
        const documents = bodies.map((text, index) => document(index + 1, text));
        write(db, 1, documents);
        const search = new LexicalSearch(db);
        search.refresh(1);
        const words = ["a", "b", "c", "d", "x"];
        const found = search.search(
          words.map((text) => ({ text })),
          limit,
        );
        const expected = naiveSearch(documents, words, limit);
        expect(found).toHaveLength(expected.length);
        found.forEach(({ score }, at) => expect(score).toBeCloseTo(expected[at]?.score ?? 0, 3));
      }),
      { numRuns: 12 },
    );
  });

  it("gives exact scores and order over several segments, of equal scores the smaller ids, also among the accepted", async () => {
    await using place = await TempStore.create();
    const db = await place.openTables();
    let state = 7;
    const next = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
    const names = ["a", "b", "c", "d", "x"];
    const documents = Array.from({ length: 2.2 * SEGMENT_DOCS }, (_, index) =>
      document(index + 1, Array.from({ length: next(6) }, () => names[Math.min(next(5), next(40))]).join(" ")),
    );
    write(db, 1, documents);
    const search = new LexicalSearch(db);
    search.refresh(1);
    for (const words of [["a"], ["b", "x"], ["a", "b", "c", "d", "x"]]) {
      for (const [limit, accepts] of [
        [10, () => true],
        [300, (id: number) => id % 7 === 3],
      ] as const) {
        const terms = words.map((text) => ({ text }));
        // What is frequent is counted over all documents, whoever is accepted.
        const expected = naiveSearch(documents, words, Infinity).filter(({ id }) => accepts(id));
        const found = search.search(terms, limit, accepts);
        expect(found).toHaveLength(Math.min(limit, expected.length));
        const score = new Map(expected.map((hit) => [hit.id, hit.score]));
        found.forEach((hit, at) => {
          expect(hit.score).toBeCloseTo(expected[at]?.score ?? 0, 4);
          expect(hit.score).toBeCloseTo(score.get(hit.id) ?? 0, 4);
          const before = found[at - 1];
          if (before?.score === hit.score) expect(before.id).toBeLessThan(hit.id);
        });
      }
    }
  });

  it("goes on over many segments, and rewrites those that are mostly gone", async () => {
    await using place = await TempStore.create();
    const db = await place.openTables();
    const total = 3 * SEGMENT_DOCS;
    const documents = Array.from({ length: total }, (_, n) => document(n + 1, n % 1000 === 7 ? "all rare" : "all"));
    write(db, 1, documents);
    expect(db.get("SELECT count(*) AS n FROM segment")).toEqual({ n: 3 });
    const search = new LexicalSearch(db);
    search.refresh(1);
    const rare = documents.filter(({ body }) => body === "all rare").map(({ id }) => id);
    const find = (text: string, limit: number) => search.search([{ text }], limit).map(({ id }) => id);
    expect(find("rar", 100)).toEqual(rare);

    const gone = documents.filter(({ id }) => id % 5 !== 0).map(({ id }) => id);
    write(db, 2, [], gone);
    write(db, 3, [document(total + 1, "all rare")]);
    search.refresh(3);
    expect(find("rar", 100)).toEqual([...rare.filter((id) => id % 5 === 0), total + 1]);
    expect(find("all", total)).toHaveLength(Math.floor(total / 5) + 1);
    expect(db.get<{ n: number }>("SELECT count(*) AS n FROM segment")?.n).toBeLessThan(3);
    const places = db.get<{ n: number }>("SELECT sum(length(docs)) / 3 AS n FROM posting WHERE term = 'all'")?.n;
    expect(places).toBeLessThan(total / 4);
  });

  it("sees what changed in words it has in memory", async () => {
    await using place = await TempStore.create();
    const db = await place.openTables();
    const search = new LexicalSearch(db);
    const find = () => search.search([{ text: "word" }], 10).map(({ id }) => id);
    for (const revision of [1, 2, 3]) {
      write(db, revision, [document(revision, "word")]);
      search.refresh(revision);
      expect(find()).toHaveLength(revision);
    }
    write(db, 4, [], [2]);
    search.refresh(4);
    expect(find()).toEqual([1, 3]);
  });
});
