import { readFile, readdir, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { makeChunk, makeSession, makeState, makeVector, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

const DIMENSIONS = 16;
const PAGE = 4_096;

let place: TempStore;
let whole: Buffer;

beforeEach(async () => {
  place = await TempStore.create();
  const store = await place.open();
  await store.useVectors("m", DIMENSIONS);
  for (let file = 0; file < 7; file++) {
    const chunks = Array.from({ length: 30 }, (_, n) =>
      makeChunk(`word${n} of file${file} ${"and more of it ".repeat(8)}`, {
        startLine: n + 1,
        endLine: n + 1,
        symbol: `symbol${n}`,
        defines: [`symbol${n}`],
        session: file % 3 === 0 ? makeSession({ sessionId: `s${file}` }) : null,
      }),
    );
    await put(store, source(`src/file${file}.ts`, ...chunks));
  }
  const pending = await store.pendingVectors(120);
  await store.putVectors(pending.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, DIMENSIONS) })));
  await store[Symbol.asyncDispose]();
  whole = await readFile(place.path);
  await place[Symbol.asyncDispose]();
  // A file that this process has had open is not damaged under its feet: what is damaged is a copy.
  place = await TempStore.create();
});
afterEach(() => place[Symbol.asyncDispose]());

/** Everything that may be asked of a store. */
const USES: Readonly<Record<string, (store: EmbeddedStore) => Promise<unknown>>> = {
  sources: (store) => store.sources(),
  source: (store) => store.source("src/file3.ts"),
  chunksOf: (store) => store.chunksOf("src/file6.ts"),
  chunks: (store) => store.chunks([1, 50, 150]),
  heads: (store) => store.heads([1, 50, 150]),
  words: (store) => store.searchLexical({ terms: [{ text: "word7" }, { text: "wor", prefix: true }], limit: 50 }),
  phrase: (store) =>
    store.searchLexical({ terms: [{ text: "and more of" }], limit: 50, filter: { pathGlob: "src/*" } }),
  meaning: (store) => store.searchVector(makeVector("word7", DIMENSIONS), 50, { project: "shop" }),
  pending: (store) => store.pendingVectors(50),
  stats: (store) => store.stats(),
  put: (store) => store.apply({ put: [source("src/file6.ts", makeChunk("new"))], remove: ["src/file2.ts"], touch: [] }),
  touch: (store) => store.apply({ put: [], remove: [], touch: [makeState("src/file1.ts", { mtimeMs: 5 })] }),
  prune: (store) => store.pruneVectors(),
  scrub: (store) => store.scrub(),
};

it("answers or says that it is damaged, whichever page was overwritten with noise", { timeout: 120_000 }, async () => {
  const pages = whole.length / PAGE;
  const damage = fc.record({
    page: fc.integer({ min: 1, max: pages - 1 }),
    noise: fc.constantFrom("zeros", "ones", "another page", "shifted"),
  });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damage, async ({ page, noise }) => {
      const bytes = Buffer.from(whole);
      const at = page * PAGE;
      if (noise === "zeros") bytes.fill(0, at, at + PAGE);
      else if (noise === "ones") bytes.fill(255, at, at + PAGE);
      else if (noise === "another page") whole.copy(bytes, at, PAGE, 2 * PAGE);
      else whole.copy(bytes, at, at + 7, at + PAGE);
      await using damaged = await TempStore.create();
      await writeFile(damaged.path, bytes);
      const store = await damaged.open();
      for (const [name, use] of Object.entries(USES)) {
        const failure = await use(store).then(
          () => null,
          (error: unknown) => error,
        );
        if (failure === null) continue;
        refused++;
        const told = failure instanceof Error ? failure.stack : "";
        expect(failure, `${name} of page ${page}, ${noise}: ${told}`).toBeInstanceOf(UserError);
        expect(failure).toMatchObject({ code: expect.stringMatching(/^store\./), hint: expect.any(String) });
      }
    }),
    // A page of another table in place of the texts leaves them pending, and empty.
    { numRuns: 15, examples: [[{ page: 10, noise: "another page" }]] },
  );
  expect(refused).toBeGreaterThan(0);
});

it("begins anew where the first page is gone, and keeps what was there", async () => {
  const bytes = Buffer.from(whole);
  bytes.fill(255, 0, 200);
  await writeFile(place.path, bytes);
  const store = await place.open();
  expect(await store.stats()).toMatchObject({ files: 0, chunks: 0 });
  await put(store, source("src/a.ts", makeChunk("again")));
  expect(await store.searchLexical({ terms: [{ text: "again" }], limit: 5 })).toHaveLength(1);
  const aside = (await readdir(place.directory)).filter((name) => /\.damaged-[^-]*-[\dTZ-]+$/.test(name));
  expect(aside).toHaveLength(1);
  expect(await readFile(`${place.directory}/${aside[0]}`)).toEqual(bytes);
});

it.each([0, 1, 100, 4_095])("begins anew from a file of %i bytes", async (length) => {
  await writeFile(place.path, whole.subarray(0, length));
  const store = await place.open();
  expect(await store.stats()).toMatchObject({ files: 0, chunks: 0 });
});

it("begins anew where the end of the file is missing", async () => {
  await writeFile(place.path, whole.subarray(0, Math.floor(whole.length / PAGE / 2) * PAGE));
  const store = await place.open();
  expect(await store.stats()).toMatchObject({ files: 0, chunks: 0 });
  expect((await readdir(place.directory)).some((name) => name.includes(".damaged-"))).toBe(true);
});
