import { expect, it, vi } from "vitest";
import type { Embedder, EmbedOptions } from "../../src/embed/embedder.ts";
import { embedPending } from "../../src/indexer/embed-pending.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { makeChunk, makeState, makeVector } from "../contract/make-chunks.ts";
import { TempStore } from "../store/temp-store.ts";

const DIMENSIONS = 8;

/** An embedder whose answers are given when the test says so. */
class SlowEmbedder implements Embedder {
  readonly label = "slow";
  readonly dimensions = DIMENSIONS;
  readonly maxTokens = 512;
  readonly fingerprint = "slow/1";
  readonly textsAtOnce?: number;
  readonly asked: { texts: readonly string[]; answer: (error?: Error) => void }[] = [];
  automatic = false;

  constructor(textsAtOnce?: number) {
    if (textsAtOnce !== undefined) this.textsAtOnce = textsAtOnce;
  }

  embed(texts: readonly string[], { signal }: EmbedOptions): Promise<Float32Array[]> {
    return new Promise((resolve, reject) => {
      const answer = (error?: Error) =>
        error === undefined ? resolve(texts.map((text) => makeVector(text, DIMENSIONS))) : reject(error);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.asked.push({ texts, answer });
      if (this.automatic) answer();
    });
  }

  /** Waits until so many calls were made. */
  async calls(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise((resolve) => setImmediate(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A store with one text per source, the first one changed last. */
async function storeOf(place: TempStore, count: number): Promise<EmbeddedStore> {
  const store = await place.open();
  const put = Array.from({ length: count }, (_, index) => ({
    state: makeState(`src/f${index}.ts`, { mtimeMs: 10_000 - index }),
    chunks: [makeChunk(`text ${index}`)],
  }));
  await store.apply({ put, remove: [], touch: [] });
  return store;
}

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `text ${from + index}`);

it("gives the embedder the next batch while one is written, newest first, each text once", async () => {
  await using place = await TempStore.create();
  const store = await storeOf(place, 11);
  const embedder = new SlowEmbedder();
  const stage = embedPending({ store, embedder }, { batchSize: 4, signal: new AbortController().signal });
  expect((await stage.next()).value).toEqual({ embedded: 0, texts: 11 });
  const second = stage.next();
  await embedder.calls(2);
  expect(embedder.asked.map(({ texts }) => texts)).toEqual([names(0, 4), names(4, 8)]);
  // The later one may be answered first: what is stored keeps its order.
  embedder.asked[1]?.answer();
  embedder.asked[0]?.answer();
  expect((await second).value).toEqual({ embedded: 4, texts: 11 });
  expect((await store.stats()).embedded).toBe(4);
  embedder.automatic = true;
  const rest = [];
  for await (const step of stage) rest.push(step.embedded);
  expect(rest).toEqual([8, 11]);
  expect(embedder.asked.flatMap(({ texts }) => texts)).toEqual(names(0, 11));
  expect(await store.pendingVectors(20)).toEqual([]);
});

it("gives an embedder as many texts as keep it busy", async () => {
  await using place = await TempStore.create();
  const embedder = new SlowEmbedder(6);
  embedder.automatic = true;
  const store = await storeOf(place, 10);
  const stage = embedPending({ store, embedder }, { batchSize: 4, signal: new AbortController().signal });
  while ((await stage.next()).done !== true);
  expect(embedder.asked.map(({ texts }) => texts.length)).toEqual([6, 4]);
});

it("gives an embedder that answers quickly more at once, and one that does not no more", async () => {
  for (const [tookMs, sizes] of [
    [1, [4, 4, 8, 14]],
    [1_000, [4, 4, 4, 4, 4, 4, 4, 2]],
  ] as const) {
    await using place = await TempStore.create();
    const store = await storeOf(place, 30);
    const embedder = new SlowEmbedder();
    embedder.automatic = true;
    const embed = embedder.embed.bind(embedder);
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    embedder.embed = async (texts, options) => {
      const vectors = await embed(texts, options);
      now += tookMs;
      return vectors;
    };
    try {
      const stage = embedPending({ store, embedder }, { batchSize: 4, signal: new AbortController().signal });
      while ((await stage.next()).done !== true);
    } finally {
      clock.mockRestore();
    }
    expect(embedder.asked.map(({ texts }) => texts.length)).toEqual(sizes);
    expect(await store.pendingVectors(1)).toEqual([]);
  }
});

it("keeps what was stored before a batch failed, and the next run goes on from there", async () => {
  await using place = await TempStore.create();
  const store = await storeOf(place, 12);
  const embedder = new SlowEmbedder();
  const stage = embedPending({ store, embedder }, { batchSize: 4, signal: new AbortController().signal });
  await stage.next();
  const first = stage.next();
  await embedder.calls(2);
  embedder.asked[0]?.answer();
  await first;
  const failing = stage.next();
  await embedder.calls(3);
  embedder.asked[2]?.answer(new Error("last"));
  embedder.asked[1]?.answer(new Error("overloaded"));
  await expect(failing).rejects.toThrow("overloaded");
  expect((await store.stats()).embedded).toBe(4);

  const again = new SlowEmbedder();
  again.automatic = true;
  const next = embedPending({ store, embedder: again }, { batchSize: 100, signal: new AbortController().signal });
  while ((await next.next()).done !== true);
  expect(again.asked.map(({ texts }) => texts)).toEqual([names(4, 12)]);
});

it("cancels what is under way when its consumer leaves", async () => {
  await using place = await TempStore.create();
  const store = await storeOf(place, 12);
  const embedder = new SlowEmbedder();
  let cancelled = 0;
  const embed = embedder.embed.bind(embedder);
  embedder.embed = (texts, options) => {
    options.signal?.addEventListener("abort", () => (cancelled += 1));
    return embed(texts, options);
  };
  const stage = embedPending({ store, embedder }, { batchSize: 4, signal: new AbortController().signal });
  await stage.next();
  const first = stage.next();
  await embedder.calls(2);
  embedder.asked[0]?.answer();
  await first;
  await stage.return();
  expect(cancelled).toBe(2);
  expect((await store.stats()).embedded).toBe(4);
});

it("stops with the reason when told to", async () => {
  await using place = await TempStore.create();
  const store = await storeOf(place, 12);
  const embedder = new SlowEmbedder();
  const stop = new AbortController();
  const stage = embedPending({ store, embedder }, { batchSize: 4, signal: stop.signal });
  await stage.next();
  const step = stage.next();
  await embedder.calls(2);
  stop.abort(new Error("enough"));
  await expect(step).rejects.toThrow("enough");
});
