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

const textsOf = async (found: readonly { readonly id: number }[]) =>
  (await store.chunks(found.map(({ id }) => id))).map(({ text }) => text);

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
  expect(centred.length).toBeLessThan(found.length);
  for (const { score } of centred) expect(score).toBeGreaterThan(0);
});

test("is the cosine of what is left without the mean, as reckoned with whole vectors", async () => {
  const vectors = numbered(256);
  await fill(vectors);
  const all = [...vectors.values()];
  const mean = new Float32Array(DIMENSIONS).map(
    (_, axis) => all.reduce((sum, each) => sum + (each[axis] ?? 0), 0) / 256,
  );
  const without = (vector: Float32Array) => unit(vector.map((component, axis) => component - (mean[axis] ?? 0)));
  const query = inCone("a question");
  const centred = await store.passages.centred(query, await store.searchVector(query, 100));
  const texts = await textsOf(centred);
  expect(texts.length).toBeGreaterThan(20);
  for (const [at, { score }] of centred.entries()) {
    const vector = vectors.get(texts[at] ?? "") ?? new Float32Array(DIMENSIONS);
    expect(score).toBeCloseTo(dot(without(query), without(vector)), 1);
    expect(score).toBeLessThanOrEqual(centred[at - 1]?.score ?? 1);
  }
});

test("leaves finds as they are where few texts tell of what all have in common, and without vectors", async () => {
  const query = inCone("a question");
  expect(await store.passages.centred(query, [])).toEqual([]);
  await fill(numbered(100));
  const found = await store.searchVector(query, 10);
  expect(await store.passages.centred(query, found)).toBe(found);
});

test("loses nothing that a server found, which names no text", async () => {
  await fill(numbered(300));
  const query = inCone("a question");
  const found = (await store.searchVector(query, 10)).map(({ id, score }) => ({ id, score }));
  expect(await store.passages.centred(query, found)).toBe(found);
});

test("is the same in a process that saw the index grow and in one that opens it then", async () => {
  await fill(numbered(200));
  const query = inCone("a question");
  const before = await store.passages.centred(query, await store.searchVector(query, 20));
  await fill(numbered(700));
  const after = await store.passages.centred(query, await store.searchVector(query, 20));
  expect(after).not.toEqual(before);
  const other = await openEmbeddedStore(path.join(directory, "index.db"), { log });
  expect(await other.passages.centred(query, await other.searchVector(query, 20))).toEqual(after);
  await other[Symbol.asyncDispose]();
});
