import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, realpathSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createChunker } from "../../src/chunk/chunk-pool.ts";
import { withVectorCache } from "../../src/embed/cached-embedder.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { openVectorCache, type VectorCache } from "../../src/embed/vector-cache.ts";
import { indexProject } from "../../src/indexer/index-project.ts";
import { createLogger } from "../../src/log.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { makeVector } from "../contract/make-chunks.ts";
import { TempStore } from "../store/temp-store.ts";
import { writeTree } from "../write-tree.ts";

let root: string;
let place: TempStore;
let store: EmbeddedStore;
let cache: VectorCache;
/** Texts that the embedder was given since the last look. */
let embedded: string[];

beforeEach(async () => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-branches-")));
  place = await TempStore.create();
  store = await place.open();
  const file = path.join(place.directory, "vectors.db");
  cache = await openVectorCache({ file, limitBytes: 10_000_000, log: createLogger("silent") });
  embedded = [];
});
afterEach(async () => {
  cache[Symbol.dispose]();
  await place[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

const embedder: Embedder = {
  label: "counting",
  dimensions: 4,
  maxTokens: 512,
  fingerprint: "counting/4",
  embed: async (texts) => {
    embedded.push(...texts);
    return await Promise.resolve(texts.map((text) => makeVector(text, 4)));
  },
  [Symbol.asyncDispose]: async () => {},
};

function git(...args: string[]): void {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
  execFileSync("git", [...identity, ...args], { cwd: root, stdio: "pipe" });
}

function write(file: string, text: string): void {
  writeTree(root, { [file]: text });
}

/** Indexes, and tells how many texts had to be embedded for it. */
async function index(full = false): Promise<number> {
  embedded = [];
  await using chunker = createChunker({ workers: 1 });
  const ports = { store, chunker, root, ignore: {}, maxFileBytes: 1e6, embedsElsewhere: false, embedBatch: 16 };
  const options = { full, lexicalOnly: false, signal: new AbortController().signal, onEvent: () => {} };
  await indexProject(
    { ...ports, openEmbedder: async () => await Promise.resolve(withVectorCache(embedder, cache)) },
    options,
  );
  const stats = await store.stats();
  expect(stats.embedded).toBe(stats.texts);
  return embedded.length;
}

const paths = async () => [...(await store.sources()).keys()].toSorted();
const source = (name: string) => `/** What ${name} does. */\nexport function ${name}() {\n  return "${name}";\n}\n`;

describe("what is known is not embedded again", () => {
  it("when branches are switched, back and forth, with real git", async () => {
    git("init", "-q", "-b", "main");
    for (const name of ["alpha", "beta", "gamma"]) write(`src/${name}.ts`, source(name));
    git("add", "-A");
    git("commit", "-qm", "first");
    expect(await index()).toBe(3);
    git("switch", "-qc", "feature");
    write("src/delta.ts", source("delta"));
    appendFileSync(path.join(root, "src/alpha.ts"), source("more"));
    git("rm", "-q", "src/gamma.ts");
    git("add", "-A");
    git("commit", "-qm", "second");
    expect(await index()).toBeGreaterThan(0);
    expect(await paths()).toEqual(["src/alpha.ts", "src/beta.ts", "src/delta.ts"]);
    for (const [branch, files] of [
      ["main", ["src/alpha.ts", "src/beta.ts", "src/gamma.ts"]],
      ["feature", ["src/alpha.ts", "src/beta.ts", "src/delta.ts"]],
      ["main", ["src/alpha.ts", "src/beta.ts", "src/gamma.ts"]],
    ] as const) {
      git("switch", "-q", branch);
      expect(await index()).toBe(0);
      expect(await paths()).toEqual(files);
    }
  });

  it("when files and directories are moved, copied or renamed", async () => {
    for (const name of ["alpha", "beta"]) write(`old/${name}.ts`, source(name));
    expect(await index()).toBe(2);
    renameSync(path.join(root, "old/alpha.ts"), path.join(root, "old/renamed.ts"));
    expect(await index()).toBe(0);
    renameSync(path.join(root, "old"), path.join(root, "new place"));
    expect(await index()).toBe(0);
    write("copy/alpha.ts", source("alpha"));
    expect(await index()).toBe(0);
    expect(await paths()).toEqual(["copy/alpha.ts", "new place/beta.ts", "new place/renamed.ts"]);
  });

  it("when files are only touched, or read anew from beginning to end", async () => {
    write("a.ts", source("alpha"));
    expect(await index()).toBe(1);
    write("a.ts", source("alpha"));
    expect(await index()).toBe(0);
    expect(await index(true)).toBe(0);
  });

  it("when what was removed comes back, as after a stash", async () => {
    write("a.ts", source("alpha"));
    write("b.ts", source("beta"));
    await index();
    rmSync(path.join(root, "b.ts"));
    expect(await index()).toBe(0);
    write("b.ts", source("beta"));
    expect(await index()).toBe(0);
  });
});

describe("what changed is embedded", () => {
  it("and only that: the other functions of a file keep their vectors", async () => {
    const many = Array.from({ length: 6 }, (_, at) => `${source(`part${at}`)}${"  // filler\n".repeat(60)}`);
    write("a.ts", many.join("\n"));
    const all = await index();
    expect(all).toBeGreaterThan(3);
    write("a.ts", many.join("\n").replace('return "part3"', 'return "changed"'));
    const again = await index();
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThan(all / 2);
    expect(embedded.join("\n")).toContain("changed");
  });
});
