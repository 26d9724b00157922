import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestFirst } from "../../src/search/best-first.ts";
import { ChunkBook, GONE } from "../../src/search/chunk-book.ts";
import { ChunkRows, PLACE } from "../../src/search/chunk-rows.ts";
import { ROLES } from "../../src/search/path-role.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { saidNames } from "../../src/search/said-names.ts";
import { meets } from "../../src/search/sieve.ts";
import { chunkOf } from "./memory-store.ts";

describe("a book of chunks", () => {
  const chunks = [
    chunkOf({ id: 1, path: "src/store.ts", text: "x", symbol: "Store.open", defines: ["open"] }),
    chunkOf({ id: 7, path: "test/store.test.ts", text: "x" }),
    chunkOf({ id: 2 ** 32 - 1, path: "src/store.rs", text: "x", symbol: "tests.opens", language: "rust" }),
    chunkOf({ id: 5_000_001, path: "src/store.ts", text: "x", defines: ["close"] }),
  ];
  const asked: number[][] = [];
  const read = async (ids: readonly number[]) => {
    asked.push([...ids]);
    return ids.flatMap((id) => chunks.filter((chunk) => chunk.id === id));
  };
  const ids = Uint32Array.from([7, 9, ...chunks.map(({ id }) => id).slice(0, 1), 2 ** 32 - 1, 5_000_001]);

  it("tells path, role and the bits of names of each, reading what it does not know, once", async () => {
    const book = new ChunkBook();
    for (const wanted of [[...ids], [9], [9]]) {
      const { paths, roles, defined } = await book.factsOf(ids, read);
      expect(asked.splice(0)).toEqual([wanted]);
      expect([...paths].map((path) => (path === GONE ? null : book.paths.text(path)))).toEqual([
        "test/store.test.ts",
        null,
        "src/store.ts",
        "src/store.rs",
        "src/store.ts",
      ]);
      expect(Array.from(roles, (role) => ROLES[role])).toEqual(["test", "source", "source", "test", "source"]);
      const { bits } = saidNames(analyseQuery("close"), book.vocabulary);
      expect([...ids].map((_, at) => meets(defined.lows[at] ?? 0, defined.highs[at] ?? 0, bits))).toEqual(
        [0, 0, 0, 0, 1].map(Boolean),
      );
    }
  });

  it("keeps the names that a chunk defines once they were asked for", async () => {
    const book = new ChunkBook();
    await book.factsOf(ids, read);
    const before = await book.factsOf(ids, read);
    expect([...before.starts]).toEqual([0, 0, 0, 0, 0]);
    const starts = chunks.map((chunk) => book.define(chunk));
    expect(new Set(starts).size).toBe(4);
    expect(chunks.map((chunk) => book.define(chunk))).toEqual(starts);
    const { starts: known } = await book.factsOf(ids, read);
    expect([...known]).toEqual([starts[1], 0, starts[0], starts[2], starts[3]]);
    expect(book.definitions[starts[0] ?? 0]).toBe(1);
    expect(book.isFull).toBe(false);
  });
});

describe("rows of chunks", () => {
  it("finds each row, whatever ids come, as long as there is room", () => {
    const id = fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 60 }), (ids) => {
        const rows = new ChunkRows(2 ** 14);
        const place = new Map<number, number>();
        for (const each of ids) {
          const at = rows.add(each);
          rows.data[at + PLACE] = each % 1_000;
          place.set(each % 2 ** 14, each);
        }
        for (const each of ids) {
          const at = rows.find(each);
          // Where two want the same place, the later one has it.
          if (at < 0) expect(place.get(each % 2 ** 14)).not.toBe(each);
          else expect(rows.data[at + PLACE]).toBe(each % 1_000);
        }
        for (const last of place.values()) expect(rows.find(last)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("bestFirst", () => {
  it("orders as a sort does, also where scores differ by less than a short float tells", () => {
    const score = fc.oneof(
      fc.constantFrom(0, 1, 0.5),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.integer({ min: 0, max: 9 }).map((step) => 1 + step * 2 ** -50),
    );
    fc.assert(
      fc.property(fc.array(score, { maxLength: 50 }), (scores) => {
        const order = bestFirst(Float64Array.from(scores), (a, b) => b - a);
        const sorted = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || b - a);
        expect([...order]).toEqual(sorted);
      }),
    );
  });
});
