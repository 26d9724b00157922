import { expect, it } from "vitest";
import type { ChunkFilter, ChunkRecord, IndexStore } from "../../src/store/index-store.ts";
import { type StoreUnderTest, keyOf, makeChunk, makeVector, put, source } from "./make-chunks.ts";

const DIMENSIONS = 32;

/** A direction that is nearer to that of `seed` the smaller `distance` is. */
function vectorNear(seed: string, distance: number, own: string): Float32Array {
  const noise = makeVector(own, DIMENSIONS);
  const vector = makeVector(seed, DIMENSIONS).map((component, axis) => component + distance * (noise[axis] ?? 0));
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

/** Embeds what waits: texts that begin with `near` lie near to the direction of `query`, all others anywhere. */
async function embedAll(store: IndexStore): Promise<void> {
  for (let pending = await store.pendingVectors(500); pending.length > 0; pending = await store.pendingVectors(500)) {
    const vectors = pending.map(({ vectorKey, text }) => {
      const vector = text.startsWith("near") ? vectorNear("query", 0.05, text) : makeVector(text, DIMENSIONS);
      return { vectorKey, vector };
    });
    await store.putVectors(vectors);
  }
}

function talk(text: string, passages: readonly string[], rest: Partial<ChunkRecord> = {}): ChunkRecord {
  const vectorKey = keyOf(passages.join());
  return makeChunk(text, {
    vectorKey,
    passages: passages.map((part) => ({ text: part, vectorKey: keyOf(part) })),
    ...rest,
  });
}

/** What is nearest and cannot be an answer must not take the places of what can. */
export function describeCrowding({ store, another }: StoreUnderTest): void {
  const ask = async (limit: number, filter?: ChunkFilter, from: IndexStore = store()) => {
    const found = await from.searchVector(makeVector("query", DIMENSIONS), limit, filter);
    for (let at = 1; at < found.length; at++)
      expect(found[at - 1]?.score).toBeGreaterThanOrEqual(found[at]?.score ?? 0);
    return (await from.chunks(found.map(({ id }) => id))).map(({ text }) => text);
  };
  const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name} ${n}`);

  it("finds as many as asked for, however many nearer ones were deleted", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    const former = numbered("near former", 40).map((text) => makeChunk(text));
    const here = numbered("here", 12).map((text) => makeChunk(text));
    await put(store(), source("former.ts", ...former), source("here.ts", ...here));
    await embedAll(store());
    expect((await ask(5)).every((text) => text.startsWith("near"))).toBe(true);
    await store().apply({ put: [], remove: ["former.ts"], touch: [] });
    expect(await ask(5)).toHaveLength(5);
    expect(await ask(50)).toHaveLength(12);
    expect(await ask(5, { language: "typescript" })).toHaveLength(5);
    expect(await ask(5, undefined, await another())).toEqual(await ask(5));
  });

  it("finds the edited version of a text, whatever versions of it there were before", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("else.ts", makeChunk("somewhere else")));
    for (const version of numbered("near version", 8)) {
      await put(store(), source("edited.ts", makeChunk(version)));
      await embedAll(store());
    }
    expect(await ask(1)).toEqual(["near version 7"]);
    expect(await ask(2)).toEqual(["near version 7", "somewhere else"]);
  });

  it("finds as many as asked for where one chunk has all of the nearest passages", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    const many = talk("one with many", numbered("near passage", 60));
    const others = numbered("other", 6).map((text) => talk(text, [`${text} first`, `${text} second`]));
    await put(store(), source("many.ts", many), source("others.ts", ...others));
    await embedAll(store());
    const found = await ask(4);
    expect(found[0]).toBe("one with many");
    expect(found).toHaveLength(4);
    expect(new Set(found).size).toBe(4);
    expect((await ask(100)).toSorted()).toEqual(["one with many", ...numbered("other", 6)]);
  });

  it("looks past the passages of one chunk for what passes a filter", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    const many = talk("one with many", numbered("near passage", 60));
    const rust = numbered("rust", 3).map((text) => talk(text, [`${text} first`], { language: "rust" }));
    await put(store(), source("many.ts", many), source("far.rs", ...rust));
    await embedAll(store());
    expect((await ask(3, { language: "rust" })).toSorted()).toEqual(numbered("rust", 3));
    expect((await ask(2, { pathGlob: "*.rs" })).every((text) => text.startsWith("rust"))).toBe(true);
    expect(await ask(2, { language: "typescript" })).toEqual(["one with many"]);
  });

  it("looks past the words of a phrase that stand apart for the phrase that passes a filter", async () => {
    const apart = Array.from({ length: 300 }, (_, n) => makeChunk(`alpha beta${n} beta`));
    const far = makeChunk(`alpha beta ${"and much else ".repeat(60)}`, { language: "rust" });
    await put(store(), source("apart.ts", ...apart), source("far.rs", far));
    const phrase = { terms: [{ text: "alpha beta" }], limit: 5 };
    const found = await store().searchLexical({ ...phrase, filter: { language: "rust" } });
    expect(await store().chunks(found.map(({ id }) => id))).toMatchObject([{ path: "far.rs" }]);
    expect(await store().searchLexical({ ...phrase, filter: { language: "python" } })).toEqual([]);
  });
}
