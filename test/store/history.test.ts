import fc from "fast-check";
import { expect, it } from "vitest";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { makeChunk, makeState, makeVector, put } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

const DIMENSIONS = 16;
const WORDS = ["alpha", "beta", "gamma", "delta", "omega"];

type Files = ReadonlyMap<string, readonly string[]>;

const body = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));
const files = fc
  .array(fc.tuple(fc.constantFrom("a.ts", "b.ts", "c.ts", "d.ts"), fc.array(body, { maxLength: 8 })), { maxLength: 6 })
  .map((entries): Files => new Map(entries));

async function bring(store: EmbeddedStore, former: Files, next: Files): Promise<void> {
  await store.apply({
    put: Array.from(next, ([path, texts]) => ({
      state: makeState(path),
      chunks: texts.map((text) => makeChunk(text)),
    })),
    remove: Array.from(former.keys()).filter((path) => !next.has(path)),
    touch: [],
  });
}

async function embedAll(store: EmbeddedStore): Promise<void> {
  const pending = await store.pendingVectors(1_000);
  await store.putVectors(pending.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, DIMENSIONS) })));
}

/** What is found, by path and text: ids depend on the history, and may break ties another way. */
async function answers(store: EmbeddedStore) {
  const told = async (found: readonly { readonly id: number; readonly score: number }[]) => {
    const chunks = await store.chunks(found.map(({ id }) => id));
    const rows = chunks.map(({ path, text }, at) => `${found[at]?.score.toFixed(5)} ${path} ${text}`);
    return rows.toSorted();
  };
  const words = await Promise.all(
    [["alpha"], ["beta", "gamma"], ["alpha beta"], ["omega", "delta alpha"]].map(async (terms) =>
      told(await store.searchLexical({ terms: terms.map((text) => ({ text })), limit: 100 })),
    ),
  );
  const meaning = await told(await store.searchVector(makeVector("alpha beta", DIMENSIONS), 100));
  const { updatedAt: _, bytes: __, ...stats } = await store.stats();
  return { words, meaning, stats };
}

it("answers as an index that never knew anything else, once what went is scrubbed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(files, { minLength: 1, maxLength: 6 }), async (history) => {
      await using grown = await TempStore.create();
      await using fresh = await TempStore.create();
      const [old, young] = [await grown.open(), await fresh.open()];
      await old.useVectors("m", DIMENSIONS);
      await young.useVectors("m", DIMENSIONS);
      let former: Files = new Map();
      for (const next of history) {
        await bring(old, former, next);
        await embedAll(old);
        former = next;
      }
      await bring(young, new Map(), former);
      await embedAll(young);
      expect((await old.scrub()).left).toBe(0);
      expect(await answers(old)).toEqual(await answers(young));
    }),
    { numRuns: 15 },
  );
});

it("finds the same chunks before and after it is scrubbed, also for those who have it open", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  const reader = await place.open();
  await store.useVectors("m", DIMENSIONS);
  for (let round = 0; round < 12; round++) {
    const texts = Array.from(
      { length: 40 },
      (_, n) => `alpha ${WORDS[(n + round) % WORDS.length]} n${n} r${round % 3}`,
    );
    await put(store, { state: makeState(`f${round % 4}.ts`), chunks: texts.map((text) => makeChunk(text)) });
    await embedAll(store);
  }
  const find = async (from: EmbeddedStore) => {
    const byWords = await from.searchLexical({ terms: [{ text: "alpha" }], limit: 500 });
    const byMeaning = await from.searchVector(makeVector("alpha beta n1 r1", DIMENSIONS), 20);
    const told = async (found: readonly { readonly id: number }[]) =>
      (await from.chunks(found.map(({ id }) => id))).map(({ path, text }) => `${path} ${text}`);
    return { words: (await told(byWords)).toSorted(), meaning: (await told(byMeaning)).toSorted() };
  };
  const before = await find(store);
  expect(before.words).toHaveLength(160);
  expect(before.meaning).toHaveLength(20);
  expect(await find(reader)).toEqual(before);
  await store.scrub();
  expect(await find(store)).toEqual(before);
  expect(await find(reader)).toEqual(before);
});

it("gives heads that are the chunks without their texts, through any change", async () => {
  await using place = await TempStore.create();
  const store = await place.open();
  let former: Files = new Map();
  await fc.assert(
    fc.asyncProperty(files, async (next) => {
      await bring(store, former, next);
      former = next;
      const found = await store.searchLexical({ terms: WORDS.map((text) => ({ text })), limit: 100 });
      const ids = [...found.map(({ id }) => id), 999_999, ...found.map(({ id }) => id)];
      const chunks = await store.chunks(ids);
      expect(chunks).toHaveLength(2 * Array.from(next.values()).flat().length);
      const heads = chunks.map((chunk) => {
        const { text: _text, embedText: _embedText, vectorKey: _vectorKey, ...head } = chunk;
        return head;
      });
      expect(await store.heads(ids)).toEqual(heads);
    }),
    { numRuns: 25 },
  );
});
