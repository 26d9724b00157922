import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../../src/log.ts";
import { openDatabase } from "../../src/sqlite.ts";
import { applyBatch } from "../../src/store/apply-batch.ts";
import { restoreIndex } from "../../src/store/backup.ts";
import type { IndexBatch } from "../../src/store/index-store.ts";
import { TermCounter } from "../../src/store/lexical/term-counter.ts";
import { nextRevision } from "../../src/store/meta.ts";
import { MIGRATIONS } from "../../src/store/schema.ts";
import { useSpace, writeVectors } from "../../src/store/vector/vector-writer.ts";
import { keyOf, makeChunk, makeSession, makeState, makeVector, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

const DIMENSIONS = 16;
const TEXTS = ["first needle", "second needle", "third thing"];

const BEFORE_CENTRES = `ALTER TABLE space DROP COLUMN centre; ALTER TABLE space DROP COLUMN centred;
  ALTER TABLE vector_codes DROP COLUMN shares`;

let place: TempStore;

beforeEach(async () => {
  place = await TempStore.create();
});
afterEach(() => place[Symbol.asyncDispose]());

/** An index as the version of the program wrote it that had so many migrations: three chunks, two of them embedded. */
async function writeIndexOf(version: number): Promise<void> {
  using db = await openDatabase(place.path, { migrations: MIGRATIONS.slice(0, version) });
  const later = MIGRATIONS.slice(version);
  db.transaction(() => {
    // What writes has only the tables of today: later ones are made for it, and taken away again.
    for (const migration of later) db.exec(migration);
    useSpace(db, "model@1", DIMENSIONS);
    const batch: IndexBatch = {
      put: [
        source("src/a.ts", makeChunk(TEXTS[0] ?? ""), makeChunk(TEXTS[1] ?? "", { session: makeSession() })),
        source("src/b.ts", makeChunk(TEXTS[2] ?? "", { symbol: "Thing", defines: ["Thing"] })),
      ],
      remove: [],
      touch: [],
    };
    applyBatch(db, nextRevision(db, 1_000), batch, new TermCounter());
    const space = db.get<{ id: number; slots: number }>("SELECT id, slots FROM space") ?? { id: 0, slots: 0 };
    const vectors = TEXTS.slice(0, 2).map((text) => ({ vectorKey: keyOf(text), vector: makeVector(text, DIMENSIONS) }));
    writeVectors(db, { ...space, fingerprint: "model@1", dimensions: DIMENSIONS }, nextRevision(db, 2_000), vectors);
    if (version < 7) db.exec(BEFORE_CENTRES);
    if (version < 6) db.exec("DROP TABLE exchange_file");
    if (version < 5) db.exec("DROP INDEX source_log");
    if (version < 4) db.exec("DROP TABLE folder");
    if (version < 3) db.exec("DROP VIEW meaning; DROP TABLE passage");
    if (version < 2) db.exec("DELETE FROM meta WHERE key = 'createdAt'");
  });
}

describe.each(MIGRATIONS.map((_, index) => index + 1))("an index of version %i", (version) => {
  it("is read as it was written, and embeds nothing again", async () => {
    await writeIndexOf(version);
    const store = await place.open();
    expect((await store.chunksOf("src/a.ts")).map(({ text }) => text)).toEqual(TEXTS.slice(0, 2));
    expect((await store.chunksOf("src/a.ts"))[1]?.session).toEqual(makeSession());
    expect(await store.searchLexical({ terms: [{ text: "needl" }], limit: 5 })).toHaveLength(2);
    const touching = async (file: string) =>
      await store.searchLexical({ terms: [{ text: "needl" }], limit: 5, filter: { file } });
    expect(await touching("cart.ts")).toHaveLength(1);
    expect(await touching("art.ts")).toEqual([]);
    await store.useVectors("model@1", DIMENSIONS);
    expect((await store.pendingVectors(5)).map(({ text }) => text)).toEqual([TEXTS[2]]);
    const [nearest] = await store.searchVector(makeVector(TEXTS[1] ?? "", DIMENSIONS), 1);
    expect(nearest?.score).toBeCloseTo(1, 2);
    expect(await store.stats()).toMatchObject({ files: 2, chunks: 3, texts: 3, embedded: 2, updatedAt: 2_000 });
    expect(await store.folders.all()).toEqual(new Map());
  });

  it("is written on, with what later versions brought", async () => {
    await writeIndexOf(version);
    const store = await place.open();
    const passages = ["one part", "another part"].map((text) => ({ text, vectorKey: keyOf(text) }));
    const talk = makeChunk("a talk", { vectorKey: keyOf("talk"), passages });
    await put(store, source("src/b.ts"), source("talk.jsonl", talk));
    await store.folders.put([{ path: "src/", stamp: "1", folders: [], files: ["a.ts"], stats: new Float64Array(3) }]);
    expect((await store.pendingVectors(5)).map(({ text }) => text).toSorted()).toEqual(["another part", "one part"]);
    expect(await store.pruneVectors()).toBe(0);
    expect((await store.scrub()).left).toBe(0);
    expect((await store.folders.all()).size).toBe(1);
    await put(store, { state: makeState("/logs/1.jsonl", { language: "conversation" }), chunks: [] });
    expect(await store.transcriptStamps()).toMatchObject([{ paths: ["/logs/1.jsonl"], sizes: [100] }]);
    expect(await store.stats()).toMatchObject({ files: 4, chunks: 3 });
    expect((await store.moments()).createdAt).toBeGreaterThan(0);
  });

  it("comes back from a backup of its time", async () => {
    await writeIndexOf(version);
    const elsewhere = await TempStore.create();
    try {
      await restoreIndex(place.path, elsewhere.path, createLogger("silent"));
      const store = await elsewhere.open();
      expect((await store.chunksOf("src/b.ts")).map(({ text }) => text)).toEqual([TEXTS[2]]);
    } finally {
      await elsewhere[Symbol.asyncDispose]();
    }
  });
});

it("leaves an index of a newer version alone, and says what to do", async () => {
  await writeIndexOf(MIGRATIONS.length);
  {
    using db = await openDatabase(place.path, { migrations: MIGRATIONS });
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  }
  await expect(place.open()).rejects.toMatchObject({ code: "store.newer-version", hint: expect.any(String) });
  await expect(restoreIndex(place.path, `${place.path}.other`, createLogger("silent"))).rejects.toMatchObject({
    code: "store.newer-version",
  });
});
