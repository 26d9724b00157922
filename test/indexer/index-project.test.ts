import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createChunker } from "../../src/chunk/chunk-pool.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { UserError } from "../../src/errors.ts";
import { type IndexEvent, indexProject } from "../../src/indexer/index-project.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { makeVector } from "../contract/make-chunks.ts";
import { TempStore } from "../store/temp-store.ts";

let place: TempStore;
let store: EmbeddedStore;
let root: string;

beforeEach(async () => {
  place = await TempStore.create();
  store = await place.open();
  root = await mkdtemp(path.join(tmpdir(), "codelab-index-project-"));
});

afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

/** Files that come to several transactions. */
async function writeFiles(count: number): Promise<void> {
  await mkdir(path.join(root, "src"));
  for (let index = 0; index < count; index++) {
    await writeFile(path.join(root, "src", `f${index}.ts`), `export const value${index} = ${index};\n`);
  }
}

function embedderOf(embed: (texts: readonly string[]) => Promise<void>): Embedder {
  return {
    label: "test",
    dimensions: 4,
    maxTokens: 512,
    fingerprint: "test/4",
    embed: async (texts) => {
      await embed(texts);
      return texts.map((text) => makeVector(text, 4));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

interface RunOptions {
  readonly embedder: Embedder | (() => Promise<Embedder>);
  readonly embedsElsewhere: boolean;
  readonly events?: IndexEvent[];
  readonly signal?: AbortSignal;
}

async function run({ embedder, embedsElsewhere, events = [], signal = new AbortController().signal }: RunOptions) {
  await using chunker = createChunker({ workers: 1 });
  return await indexProject(
    {
      store,
      chunker,
      root,
      ignore: {},
      maxFileBytes: 1e6,
      openEmbedder: async () => (typeof embedder === "function" ? await embedder() : embedder),
      embedsElsewhere,
      embedBatch: 16,
    },
    { full: false, lexicalOnly: false, signal, onEvent: (event) => events.push(event) },
  );
}

const complete = async () => {
  const { texts, embedded } = await store.stats();
  return [texts, embedded];
};

it("embeds elsewhere what was read while more is read, and tells only what concerns a searcher", async () => {
  await writeFiles(300);
  const events: IndexEvent[] = [];
  let textsAtFirst = -1;
  const embedder = embedderOf(async () => {
    if (textsAtFirst === -1) textsAtFirst = (await store.stats()).texts;
  });
  const { indexed, notice } = await run({ embedder, embedsElsewhere: true, events });
  expect([indexed, notice]).toEqual([300, undefined]);
  expect(textsAtFirst).toBeGreaterThan(0);
  expect(textsAtFirst).toBeLessThan(300);
  expect(await complete()).toEqual([300, 300]);
  const stages = events.map(({ stage }) => stage);
  expect(stages.lastIndexOf("reading")).toBeLessThan(stages.indexOf("searchable"));
  const told = stages.indexOf("embedding");
  if (told !== -1) expect(told).toBeGreaterThan(stages.indexOf("searchable"));
});

it("embeds on this machine only what is searchable already", async () => {
  await writeFiles(300);
  const texts: number[] = [];
  const embedder = embedderOf(async () => void texts.push((await store.stats()).texts));
  await run({ embedder, embedsElsewhere: false });
  expect(new Set(texts)).toEqual(new Set([300]));
  expect(await complete()).toEqual([300, 300]);
});

it.each([true, false])("is searchable when embedding fails, and says why (elsewhere: %s)", async (embedsElsewhere) => {
  await writeFiles(150);
  const embedder = embedderOf(() => Promise.reject(new UserError("embedding.unreachable", "nobody there")));
  const { notice, indexed } = await run({ embedder, embedsElsewhere });
  expect(notice).toContain("nobody there");
  expect(indexed).toBe(150);
  expect(await complete()).toEqual([150, 0]);
});

it("does not open an embedder for a project without text", async () => {
  const embedder = () => Promise.reject(new Error("opened"));
  expect(await run({ embedder, embedsElsewhere: true })).toMatchObject({ files: 0 });
});

it("ends both stages when told to, and the next run goes on", async () => {
  await writeFiles(300);
  const stop = new AbortController();
  const embedder = embedderOf(async () => stop.abort(new Error("stopped")));
  await expect(run({ embedder, embedsElsewhere: true, signal: stop.signal })).rejects.toThrow("stopped");
  // The lease is free again, though embedding was under way.
  await using another = await place.open();
  expect(await another.acquireLease()).toBe(true);
  await another.releaseLease();
  await run({ embedder: embedderOf(async () => {}), embedsElsewhere: true });
  expect(await complete()).toEqual([300, 300]);
});
