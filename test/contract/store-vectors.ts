import { termsOf } from "../../src/terms.ts";
import { expect, it } from "vitest";
import type { ChunkFilter, IndexStore } from "../../src/store/index-store.ts";
import { type StoreUnderTest, keyOf, makeChunk, makeState, makeVector, put, source } from "./make-chunks.ts";

const DIMENSIONS = 32;

/** Embeds texts by a hash: equal texts get equal vectors. */
async function embedAll(store: IndexStore): Promise<string[]> {
  const pending = await store.pendingVectors(1000);
  await store.putVectors(pending.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, DIMENSIONS) })));
  return pending.map(({ text }) => text);
}

/** Vectors and what is pending. */
export function describeVectors({ store, another }: StoreUnderTest): void {
  const nearest = async (text: string, limit = 3, filter?: ChunkFilter) => {
    const found = await store().searchVector(makeVector(text, DIMENSIONS), limit, filter);
    return (await store().chunks(found.map(({ id }) => id))).map((chunk) => chunk.text);
  };

  it("has no vectors before a space is chosen", async () => {
    await put(store(), source("a.ts", makeChunk("one")));
    expect(await store().pendingVectors(10)).toEqual([]);
    expect(await store().searchVector(makeVector("one", DIMENSIONS), 5)).toEqual([]);
    expect(await store().stats()).toMatchObject({ texts: 1, embedded: 0 });
  });

  it("asks for each text once, the most recently changed first", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(
      store(),
      { state: makeState("old.ts", { mtimeMs: 10 }), chunks: [makeChunk("old"), makeChunk("shared")] },
      { state: makeState("new.ts", { mtimeMs: 30 }), chunks: [makeChunk("x", { embedText: "what is embedded" })] },
      { state: makeState("mid.ts", { mtimeMs: 20 }), chunks: [makeChunk("shared")] },
    );
    expect((await store().pendingVectors(10)).map(({ text }) => text)).toEqual(["what is embedded", "shared", "old"]);
    expect(await store().pendingVectors(1)).toEqual([
      { vectorKey: keyOf("what is embedded"), text: "what is embedded" },
    ]);
    await embedAll(store());
    expect(await store().pendingVectors(10)).toEqual([]);
    expect(await store().stats()).toMatchObject({ chunks: 4, texts: 3, embedded: 3 });
  });

  it("finds the nearest, with falling scores that are cosines", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", ...Array.from({ length: 50 }, (_, n) => makeChunk(`text ${n}`))));
    await embedAll(store());
    const found = await store().searchVector(makeVector("text 7", DIMENSIONS), 50);
    expect((await store().chunks([found[0]?.id ?? 0]))[0]?.text).toBe("text 7");
    expect(found).toHaveLength(50);
    for (const { id, score } of found) {
      const [chunk] = await store().chunks([id]);
      expect(score).toBeCloseTo(cosine(makeVector("text 7", DIMENSIONS), makeVector(chunk?.text ?? "", DIMENSIONS)), 1);
    }
    expect(await nearest("text 7", 5)).toHaveLength(5);
    expect(await (await another()).searchVector(makeVector("text 7", DIMENSIONS), 5)).toEqual(found.slice(0, 5));
  });

  it("finds every chunk of a text that several share", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", makeChunk("same")), source("b.ts", makeChunk("same"), makeChunk("other")));
    await embedAll(store());
    expect(await nearest("same", 2)).toEqual(["same", "same"]);
    expect(await nearest("same", 3, { pathGlob: "b.ts" })).toEqual(["same", "other"]);
  });

  it("embeds nothing again when a text comes back, moves, or is shared", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", makeChunk("kept")));
    await embedAll(store());
    await put(store(), source("b.ts", makeChunk("kept", { startLine: 5, endLine: 5 })));
    await store().apply({ put: [], remove: ["a.ts", "b.ts"], touch: [] });
    expect(await nearest("kept")).toEqual([]);
    await put(store(), source("c.ts", makeChunk("kept")));
    expect(await store().pendingVectors(10)).toEqual([]);
    expect(await nearest("kept")).toEqual(["kept"]);
  });

  it("forgets what waited to be embedded when it is gone", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", makeChunk("gone"), makeChunk("stays")));
    await put(store(), source("a.ts", makeChunk("stays")));
    expect((await store().pendingVectors(10)).map(({ text }) => text)).toEqual(["stays"]);
  });

  it("takes vectors of texts that went meanwhile, and of texts it has, without harm", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", makeChunk("here")));
    const vectors = ["here", "gone", "here"].map((text) => ({
      vectorKey: keyOf(text),
      vector: makeVector(text, DIMENSIONS),
    }));
    await store().putVectors(vectors);
    await store().putVectors(vectors);
    expect(await nearest("here")).toEqual(["here"]);
    expect(await store().stats()).toMatchObject({ texts: 1, embedded: 1 });
  });

  it("keeps the spaces of several embedders apart until they are pruned", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", makeChunk("one"), makeChunk("two")));
    await embedAll(store());
    await store().useVectors("model@2", 2 * DIMENSIONS);
    expect(await store().stats()).toMatchObject({ texts: 2, embedded: 0 });
    expect(await store().searchVector(makeVector("one", 2 * DIMENSIONS), 5)).toEqual([]);
    await store().useVectors("model@1", DIMENSIONS);
    expect(await store().pendingVectors(10)).toEqual([]);
    expect(await nearest("one", 1)).toEqual(["one"]);
    await store().useVectors("model@2", 2 * DIMENSIONS);
    expect(await store().pruneVectors()).toBe(2);
    await store().useVectors("model@1", DIMENSIONS);
    expect(await store().pendingVectors(10)).toHaveLength(2);
  });

  it("prunes what no chunk refers to, and only that", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", makeChunk("one"), makeChunk("two")), source("b.ts", makeChunk("two")));
    await embedAll(store());
    await put(store(), source("a.ts", makeChunk("three")));
    await embedAll(store());
    expect(await store().pruneVectors()).toBe(1);
    expect(await store().pruneVectors()).toBe(0);
    expect((await nearest("two", 5)).toSorted()).toEqual(["three", "two"]);
    await put(store(), source("a.ts", makeChunk("one")));
    expect((await store().pendingVectors(10)).map(({ text }) => text)).toEqual(["one"]);
  });

  it("is as near to a chunk as to the nearest of its passages", async () => {
    const passage = (text: string) => ({ text, vectorKey: keyOf(text) });
    const talk = (text: string, ...passages: readonly string[]) =>
      makeChunk(text, { vectorKey: keyOf(passages.join()), passages: passages.map(passage) });
    await store().useVectors("model@1", DIMENSIONS);
    await put(
      store(),
      source("a.ts", talk("first talk", "one", "two"), makeChunk("whole")),
      source("b.ts", talk("second talk", "two", "three")),
    );
    expect((await store().pendingVectors(10)).map(({ text }) => text).toSorted()).toEqual([
      "one",
      "three",
      "two",
      "whole",
    ]);
    await embedAll(store());
    expect(await store().stats()).toMatchObject({ chunks: 3, texts: 4, embedded: 4 });
    expect((await nearest("one", 1))[0]).toBe("first talk");
    expect((await nearest("two", 2)).toSorted()).toEqual(["first talk", "second talk"]);
    expect((await nearest("whole", 1))[0]).toBe("whole");
    const found = await store().searchVector(makeVector("two", DIMENSIONS), 10);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    // Which of a chunk's passages was nearest can be told, and read as it was embedded.
    const texts = found.flatMap(({ text }) => text ?? []);
    expect(texts).toHaveLength(found.length);
    const said = await store().passages?.read(texts);
    expect(found.slice(0, 2).map(({ text }) => said?.get(text ?? 0))).toEqual(["two", "two"]);
    expect(said?.size).toBeLessThan(new Set(texts).size);
    // The same again is no change; a chunk without a passage that others have takes nothing from them.
    await put(store(), source("a.ts", talk("first talk", "one", "two"), makeChunk("whole")));
    expect(await store().pendingVectors(10)).toEqual([]);
    await put(store(), source("a.ts", talk("first talk", "one", "four")));
    expect((await store().pendingVectors(10)).map(({ text }) => text)).toEqual(["four"]);
    await embedAll(store());
    expect(await store().pruneVectors()).toBe(1);
    expect((await nearest("two", 1))[0]).toBe("second talk");
    // Another model embeds the passages, not the whole.
    await store().useVectors("model@9", DIMENSIONS);
    expect((await store().pendingVectors(10)).map(({ text }) => text).toSorted()).toEqual([
      "four",
      "one",
      "three",
      "two",
    ]);
    await store().apply({ put: [], remove: ["a.ts", "b.ts"], touch: [] });
    expect(await store().pendingVectors(10)).toEqual([]);
    expect((await store().scrub()).left).toBe(0);
  });

  it("finds passages through a filter that lets little through", async () => {
    const talk = (text: string, rest: object) =>
      makeChunk(text, {
        vectorKey: keyOf(`${text}!`),
        passages: [{ text: `p ${text}`, vectorKey: keyOf(`p ${text}`) }],
        ...rest,
      });
    await store().useVectors("model@1", DIMENSIONS);
    const many = Array.from({ length: 200 }, (_, n) => talk(`t${n}`, {}));
    await put(store(), source("many.ts", ...many), source("far.rs", talk("far", { language: "rust" })));
    await embedAll(store());
    const found = await store().searchVector(makeVector("p t5", DIMENSIONS), 2, { language: "rust" });
    expect((await store().chunks(found.map(({ id }) => id))).map(({ text }) => text)).toEqual(["far"]);
  });

  it("scrubs what deleted chunks left behind, and nothing else", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(
      store(),
      source("a.ts", makeChunk("a zeppelin secret"), makeChunk("shared words")),
      source("b.ts", makeChunk("shared words"), makeChunk("an ordinary chunk")),
    );
    await embedAll(store());
    await store().apply({ put: [], remove: ["a.ts"], touch: [] });
    expect(await store().scrub()).toEqual({ vectors: 1, left: 0 });
    expect(await store().scrub()).toEqual({ vectors: 0, left: 0 });
    expect((await nearest("shared words", 5)).toSorted()).toEqual(["an ordinary chunk", "shared words"]);
    const found = async (text: string) =>
      await store().searchLexical({ terms: termsOf(text).map((term) => ({ text: term })), limit: 5 });
    expect(await found("zeppelin")).toEqual([]);
    expect(await found("ordinary")).toHaveLength(1);
    // What was known by its content is still known: nothing of it is embedded again.
    await put(store(), source("c.ts", makeChunk("an ordinary chunk"), makeChunk("a zeppelin secret")));
    expect((await store().pendingVectors(10)).map(({ text }) => text)).toEqual(["a zeppelin secret"]);
  });

  it("filters as lexical search does", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    const many = Array.from({ length: 300 }, (_, n) => makeChunk(`ts ${n}`));
    await put(store(), source("a.ts", ...many), source("b.rs", makeChunk("rs", { language: "rust" })));
    await embedAll(store());
    expect(await nearest("ts 1", 3, { language: "rust" })).toEqual(["rs"]);
    expect(await nearest("ts 1", 3, { pathGlob: "*.ts" })).toHaveLength(3);
    expect(await nearest("ts 1", 3, { pathGlob: "*.py" })).toEqual([]);
  });

  it("tells which vectors it is searched by", async () => {
    expect(await store().vectorSpace()).toBeNull();
    await store().useVectors("model@1", DIMENSIONS);
    expect(await store().vectorSpace()).toBe("model@1");
    await store().useVectors("model@2", 2 * DIMENSIONS);
    expect(await store().vectorSpace()).toBe("model@2");
  });

  it("refuses vectors of other dimensions by name", async () => {
    await store().useVectors("model@1", DIMENSIONS);
    await put(store(), source("a.ts", makeChunk("one")));
    const vector = makeVector("one", 8);
    const mismatch = { code: "store.dimension-mismatch" };
    await expect(store().putVectors([{ vectorKey: keyOf("one"), vector }])).rejects.toMatchObject(mismatch);
    await expect(store().searchVector(vector, 5)).rejects.toMatchObject(mismatch);
    await expect(store().useVectors("model@1", 8)).rejects.toMatchObject(mismatch);
    expect(await store().stats()).toMatchObject({ embedded: 0 });
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, component, index) => sum + component * (b[index] ?? 0), 0);
}
