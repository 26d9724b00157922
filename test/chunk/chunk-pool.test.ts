import { describe, expect, it } from "vitest";
import { createChunker } from "../../src/chunk/chunk-pool.ts";
import { chunkText, type ChunkSource } from "../../src/chunk/chunk-text.ts";
import { DEFAULT_LIMIT } from "../../src/chunk/limits.ts";
import { createSyntax } from "../../src/chunk/syntax.ts";

const poisoned = new URL("poisoned-worker.mjs", import.meta.url);

const sourcesOf = (count: number, size = 4_000): (ChunkSource & { id: number })[] =>
  Array.from({ length: count }, (_, id) => ({
    id,
    path: `src/file-${id}.ts`,
    text: `export function f${id}(a: number) {\n  return a + ${id};\n}\n`.padEnd(size, "// padding\n"),
  }));

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("createChunker", () => {
  it("chunks in threads what it chunks here, in the order given", async () => {
    await using chunker = createChunker({ workers: 2 });
    const sources = sourcesOf(120);
    const syntax = createSyntax();
    const files = await collect(chunker.chunkAll(sources));
    expect(files.map(({ source }) => source)).toEqual(sources);
    for (const { source, chunks } of files.filter(({ source }) => source.id % 40 === 0)) {
      expect(chunks).toEqual(await chunkText(source, DEFAULT_LIMIT, syntax));
      expect(chunks[0]?.defines).toEqual([`f${source.id}`]);
    }
  });

  it("does a handful of files without a thread", async () => {
    // A worker file that does not exist would end every batch sent to it.
    const heard: string[] = [];
    const missing = new URL("no-such-worker.mjs", import.meta.url);
    await using chunker = createChunker({ workers: 2, workerFile: missing, onFallback: (path) => heard.push(path) });
    const [file] = await collect(chunker.chunkAll(sourcesOf(3)));
    expect(file?.chunks[0]?.defines).toEqual(["f0"]);
    expect(await chunker.chunk({ path: "a.py", text: "def f(): pass" })).toMatchObject([{ symbol: "f" }]);
    expect(heard).toEqual([]);
  });

  it("has nothing to give for nothing", async () => {
    await using chunker = createChunker();
    expect(await collect(chunker.chunkAll([]))).toEqual([]);
  });

  it("takes the file that ends a worker by its lines, and every other one whole", async () => {
    const heard: string[] = [];
    await using chunker = createChunker({ workers: 1, workerFile: poisoned, onFallback: (path) => heard.push(path) });
    const sources = sourcesOf(60).map((source) =>
      source.id === 7 ? { ...source, text: `POISON\n${source.text}` } : source,
    );
    const files = await collect(chunker.chunkAll(sources));
    expect(files).toHaveLength(60);
    expect(heard).toEqual(["src/file-7.ts"]);
    expect(files[7]?.chunks[0]).toMatchObject({ language: "typescript", kind: "block", startLine: 1 });
    expect(files[8]?.chunks).toMatchObject([{ symbol: "from the worker" }]);
  });

  it("falls back for a file that a worker could not chunk", async () => {
    const heard: string[] = [];
    await using chunker = createChunker({ workers: 1, workerFile: poisoned, onFallback: (path) => heard.push(path) });
    const sources = sourcesOf(60).map((source) =>
      source.id === 3 ? { ...source, text: `REFUSE\n${source.text}` } : source,
    );
    const files = await collect(chunker.chunkAll(sources));
    expect(heard).toEqual(["src/file-3.ts"]);
    expect(files[3]?.chunks.length).toBeGreaterThan(0);
  });

  it("reads no further ahead than its threads need", async () => {
    let read = 0;
    function* endless() {
      for (;;) yield { path: `f${(read += 1)}.ts`, text: "// x\n".repeat(10_000) };
    }
    await using chunker = createChunker({ workers: 1, workerFile: poisoned });
    for await (const { source } of chunker.chunkAll(endless())) {
      if (source.path === "f20.ts") break;
    }
    expect(read).toBeLessThan(40);
  });

  it("stops when it is told to, with the reason", async () => {
    const controller = new AbortController();
    await using chunker = createChunker({ workers: 1, workerFile: poisoned });
    let seen = 0;
    const run = async () => {
      for await (const _ of chunker.chunkAll(sourcesOf(400), { signal: controller.signal })) {
        seen += 1;
        if (seen === 60) controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(seen).toBeLessThan(400);
    const aborted = collect(chunker.chunkAll(sourcesOf(2), { signal: controller.signal }));
    await expect(aborted).rejects.toThrow("enough");
  });

  it("passes on what its source throws", async () => {
    await using chunker = createChunker({ workers: 1, workerFile: poisoned });
    function* failing() {
      yield* sourcesOf(60);
      throw new Error("the disk is gone");
    }
    await expect(collect(chunker.chunkAll(failing()))).rejects.toThrow("the disk is gone");
  });

  it("can be used again after its workers have ended for want of work", async () => {
    await using chunker = createChunker({ workers: 1, workerFile: poisoned, idleMs: 1 });
    for (let round = 0; round < 3; round += 1) {
      expect(await collect(chunker.chunkAll(sourcesOf(60)))).toHaveLength(60);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it("fails what is under way when it is closed", async () => {
    const chunker = createChunker({ workers: 1 });
    const files = chunker.chunkAll(sourcesOf(400));
    await files.next();
    await chunker[Symbol.asyncDispose]();
    await chunker[Symbol.asyncDispose]();
    await expect(collect(files)).rejects.toThrow(/closed/);
  });
});
