import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogger } from "../../../src/log.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../../../src/store/embedded-store.ts";
import { keyOf, makeChunk, makeVector, put, source } from "../../contract/make-chunks.ts";

const DIMENSIONS = 64;
const log = createLogger("silent");
let directory: string;
let store: EmbeddedStore;

beforeEach(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), "codelab-centred-"));
  store = await openEmbeddedStore(path.join(directory, "index.db"), { log });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** A vector in a narrow cone, as small models make them: mostly what all have in common. */
function inCone(seed: string, share = 2): Float32Array {
  const common = makeVector("what all have in common", DIMENSIONS);
  return unit(makeVector(seed, DIMENSIONS).map((component, axis) => component + share * (common[axis] ?? 0)));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

const dot = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, component, axis) => sum + component * (b[axis] ?? 0), 0);

async function fill(vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
  await store.useVectors("model@1", DIMENSIONS);
  await put(store, source("a.ts", ...[...vectors.keys()].map((text) => makeChunk(text))));
  await store.putVectors([...vectors].map(([text, vector]) => ({ vectorKey: keyOf(text), vector })));
}

const numbered = (count: number) =>
  new Map<string, Float32Array>(Array.from({ length: count }, (_, n) => [`text ${n}`, inCone(`text ${n}`)] as const));

const textsOf = async (found: readonly { readonly id: number }[] | null) =>
  (await store.chunks((found ?? []).map(({ id }) => id))).map(({ text }) => text);

/** As search goes about it: what is near once the mean is taken away, told by how near it is then. */
async function centredOf(query: Float32Array, limit: number, from = store) {
  const found = await from.searchVector(await from.passages.apart(query), limit);
  return (await from.passages.centred(query, found)) ?? [];
}

test("tells what a text says of its own from what all say", async () => {
  // The hub says little but what all say, and is near to everything by that.
  const other = makeVector("something else", DIMENSIONS);
  const common = makeVector("what all have in common", DIMENSIONS);
  const answer = makeVector("asked", DIMENSIONS).map(
    (own, axis) => own + 1.5 * (other[axis] ?? 0) + 3.6 * (common[axis] ?? 0),
  );
  await fill(new Map([...numbered(255), ["hub", inCone("hub", 30)], ["answer", unit(answer)]]));
  const query = inCone("asked", 3);
  const found = await store.searchVector(query, 60);
  expect((await textsOf(found))[0]).toBe("hub");
  const centred = await store.passages.centred(query, found);
  expect((await textsOf(centred))[0]).toBe("answer");
  expect(centred?.length).toBeLessThan(found.length);
  for (const { score } of centred ?? []) expect(score).toBeGreaterThan(0);
});

test("finds what hubs would keep from being found, since they are near to everything", async () => {
  const hubs = Array.from({ length: 40 }, (_, n) => [`hub ${n}`, inCone(`hub ${n}`, 30)] as const);
  const answer = makeVector("asked", DIMENSIONS).map(
    (own, axis) =>
      own + 1.5 * (makeVector("something else", DIMENSIONS)[axis] ?? 0) + 3.6 * (inCone("common", 9)[axis] ?? 0),
  );
  await fill(new Map([...numbered(256), ...hubs, ["answer", unit(answer)]]));
  const query = inCone("asked", 3);
  expect(await textsOf(await store.searchVector(query, 40))).not.toContain("answer");
  expect((await textsOf(await centredOf(query, 40)))[0]).toBe("answer");
});

test("is the cosine of what is left without the mean in standard deviations, as reckoned with whole vectors", async () => {
  const vectors = numbered(256);
  await fill(vectors);
  const all = [...vectors.values()];
  const mean = new Float32Array(DIMENSIONS).map(
    (_, axis) => all.reduce((sum, each) => sum + (each[axis] ?? 0), 0) / 256,
  );
  const without = (vector: Float32Array) => unit(vector.map((component, axis) => component - (mean[axis] ?? 0)));
  const query = inCone("a question");
  const cosines = all.map((vector) => dot(without(query), without(vector)));
  const average = cosines.reduce((sum, each) => sum + each, 0) / 256;
  const spread = Math.sqrt(cosines.reduce((sum, each) => sum + (each - average) ** 2, 0) / 256);
  const centred = await centredOf(query, 100);
  const texts = await textsOf(centred);
  expect(texts.length).toBeGreaterThan(90);
  for (const [at, { score }] of centred.entries()) {
    const vector = vectors.get(texts[at] ?? "") ?? new Float32Array(DIMENSIONS);
    expect(score).toBeCloseTo((dot(without(query), without(vector)) - average) / spread, 0);
    expect(score).toBeLessThanOrEqual(centred[at - 1]?.score ?? Infinity);
  }
});

test("has finite scores where all texts are the same", async () => {
  await fill(new Map([...numbered(256).keys()].map((text) => [text, inCone("the same")] as const)));
  for (const { score } of await centredOf(inCone("a question"), 10)) expect(Number.isFinite(score)).toBe(true);
});

test("cannot tell where few texts have something in common, and without vectors", async () => {
  const query = inCone("a question");
  expect(await store.passages.centred(query, [])).toBeNull();
  await fill(numbered(100));
  expect(await store.passages.centred(query, await store.searchVector(query, 10))).toBeNull();
  expect(await store.passages.apart(query)).toBe(query);
});

test("cannot tell of what a server found, which names no text", async () => {
  await fill(numbered(300));
  const query = inCone("a question");
  const found = (await store.searchVector(query, 10)).map(({ id, score }) => ({ id, score }));
  expect(await store.passages.centred(query, found)).toBeNull();
});

test("is the same in a process that saw the index grow and in one that opens it then", async () => {
  await fill(numbered(200));
  const query = inCone("a question");
  const before = await centredOf(query, 20);
  await fill(numbered(700));
  const after = await centredOf(query, 20);
  expect(after).not.toEqual(before);
  const other = await openEmbeddedStore(path.join(directory, "index.db"), { log });
  expect(await centredOf(query, 20, other)).toEqual(after);
  await other[Symbol.asyncDispose]();
});
