import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../src/log.ts";
import { connect } from "../src/sqlite-driver.ts";
import { type Database, openDatabase, openOrRebuild } from "../src/sqlite.ts";

const migrations = ["CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"];
let directory: string;
let path: string;
const opened: Database[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "codelab-sqlite-"));
  path = join(directory, "nested", "index.db");
});

afterEach(async () => {
  for (const database of opened.splice(0)) database.close();
  await rm(directory, { recursive: true });
});

async function openNotes(options: { readonly migrations?: readonly string[]; readonly busyTimeoutMs?: number } = {}) {
  const database = await openDatabase(path, { migrations, ...options });
  opened.push(database);
  return database;
}

describe("openDatabase", () => {
  it("creates the file for its owner only and applies the schema", async () => {
    const database = await openNotes();
    database.run("INSERT INTO note (body) VALUES (?)", "first");
    expect(database.all("SELECT id, body FROM note")).toEqual([{ id: 1, body: "first" }]);
    if (process.platform !== "win32") expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("gives rows as arrays beside rows as objects, of the same statement", async () => {
    const database = await openNotes();
    database.run("INSERT INTO note (body) VALUES ('one'), ('two')");
    const sql = "SELECT id, body AS text FROM note WHERE id >= ? ORDER BY id";
    const objects = [
      { id: 1, text: "one" },
      { id: 2, text: "two" },
    ];
    expect(database.all(sql, 1)).toEqual(objects);
    expect(database.arrays(sql, 1)).toEqual(objects.map((row) => Object.values(row)));
    expect(database.all(sql, 1)).toEqual(objects);
    expect(database.arrays(sql, 3)).toEqual([]);
    expect(() => database.arrays("SELECT missing FROM note")).toThrow(/no such column/);
  });

  it("goes on with a file of another page size", async () => {
    await mkdir(dirname(path), { recursive: true });
    const older = await connect(path, false);
    older.exec(
      "PRAGMA page_size = 4096; CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT); PRAGMA user_version = 1",
    );
    older.close();
    const database = await openNotes();
    database.run("INSERT INTO note (body) VALUES (?)", "kept".repeat(10_000));
    expect(database.get("PRAGMA page_size")).toEqual({ page_size: 4096 });
    expect(database.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
  });

  it("applies only the migrations that are new", async () => {
    (await openNotes()).run("INSERT INTO note (body) VALUES ('kept')");
    const database = await openNotes({ migrations: [...migrations, "ALTER TABLE note ADD COLUMN at INTEGER"] });
    expect(database.get("SELECT body, at FROM note")).toEqual({ body: "kept", at: null });
  });

  it("leaves the old schema when a migration fails half way", async () => {
    (await openNotes()).close();
    const broken = [...migrations, "ALTER TABLE note ADD COLUMN at INTEGER; CREATE TABLE note (x)"];
    await expect(openNotes({ migrations: broken })).rejects.toThrow(/already exists/);
    const database = await openNotes();
    expect(database.all("SELECT name FROM pragma_table_info('note')")).toHaveLength(2);
  });

  it("refuses a database of a newer version and leaves it as it is", async () => {
    (await openNotes({ migrations: [...migrations, "CREATE TABLE later (id)"] })).close();
    const before = await readFile(path);
    await expect(openNotes()).rejects.toMatchObject({ code: "store.newer-version" });
    expect(await readFile(path)).toEqual(before);
  });

  it("names a directory that cannot be", async () => {
    await writeFile(join(directory, "nested"), "a file");
    await expect(openNotes()).rejects.toMatchObject({ code: "store.cannot-open" });
  });

  it("can be opened by many at once", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => openNotes()));
    for (const [n, database] of all.entries()) database.run("INSERT INTO note (body) VALUES (?)", `from ${n}`);
    expect(all[0]?.get("SELECT count(*) AS n FROM note")).toEqual({ n: 8 });
  });

  it("creates a missing schema once when several processes start together", async () => {
    const module = new URL("../dist/sqlite.js", import.meta.url).href;
    const script = `const { openDatabase } = await import(${JSON.stringify(module)});
      const db = await openDatabase(process.argv[1], { migrations: ${JSON.stringify(migrations)} });
      for (let n = 0; n < 20; n++) db.run("INSERT INTO note (body) VALUES ('x')");
      db.close();`;
    const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, path]);
    await Promise.all([run(), run(), run()]);
    expect((await openNotes()).get("SELECT count(*) AS n FROM note")).toEqual({ n: 60 });
  });
});

describe("transaction", () => {
  it("commits what returns and undoes what throws", async () => {
    const database = await openNotes();
    database.transaction(() => database.run("INSERT INTO note (body) VALUES ('kept')"));
    const fail = () =>
      database.transaction(() => {
        database.run("INSERT INTO note (body) VALUES ('gone')");
        throw new TypeError("a bug");
      });
    expect(fail).toThrow(TypeError);
    expect(database.all("SELECT body FROM note")).toEqual([{ body: "kept" }]);
  });

  it("joins the transaction around it", async () => {
    const database = await openNotes();
    const fail = () =>
      database.transaction(() => {
        database.transaction(() => database.run("INSERT INTO note (body) VALUES ('gone')"));
        throw new Error("after the inner one");
      });
    expect(fail).toThrow("after the inner one");
    expect(database.all("SELECT body FROM note")).toEqual([]);
    expect(database.transaction(() => 42)).toBe(42);
  });

  it("says that another process keeps the lock", async () => {
    const [first, second] = [await openNotes(), await openNotes({ busyTimeoutMs: 1 })];
    first.exec("BEGIN IMMEDIATE");
    expect(() => second.transaction(() => 1)).toThrow(expect.objectContaining({ code: "store.busy" }));
    first.exec("COMMIT");
    expect(second.transaction(() => 1)).toBe(1);
  });

  it("reports a full disk, keeps what was committed and goes on when there is room", async () => {
    const database = await openNotes();
    database.run("INSERT INTO note (body) VALUES ('kept')");
    database.exec("PRAGMA max_page_count = 8");
    const fill = () => database.transaction(() => database.run("INSERT INTO note (body) VALUES (?)", "x".repeat(1e6)));
    expect(fill).toThrow(expect.objectContaining({ code: "store.disk-full" }));
    expect(database.all("SELECT body FROM note")).toEqual([{ body: "kept" }]);
    database.exec("PRAGMA max_page_count = 100000");
    fill();
    expect(database.get("SELECT count(*) AS n FROM note")).toEqual({ n: 2 });
  });
});

describe("rows", () => {
  it("iterates without holding all rows, beside a second use of the same text", async () => {
    const database = await openNotes();
    for (let n = 0; n < 5; n++) database.run("INSERT INTO note (body) VALUES (?)", `n${n}`);
    const sql = "SELECT body FROM note ORDER BY id";
    const seen: string[] = [];
    for (const row of database.iterate<{ body: string }>(sql)) {
      seen.push(row.body);
      expect(database.all(sql)).toHaveLength(5);
    }
    expect(seen).toEqual(["n0", "n1", "n2", "n3", "n4"]);
  });

  it("closes once, and again without harm, leaving an empty log at most", async () => {
    const database = await openNotes();
    database.run("INSERT INTO note (body) VALUES ('x')");
    database.checkpoint();
    database.close();
    database.close();
    expect(database.isOpen).toBe(false);
    const log = await stat(`${path}-wal`).catch(() => ({ size: 0 }));
    expect(log.size).toBe(0);
  });
});

describe("openOrRebuild", () => {
  const lines: string[] = [];
  const log = createLogger("info", (line) => lines.push(line));

  it("moves a damaged database aside, says so and begins a new one", async () => {
    (await openNotes()).close();
    await writeFile(path, "this is no database, and long enough to be read as one".repeat(100));
    await expect(openNotes()).rejects.toMatchObject({ code: "store.corrupt" });
    const database = await openOrRebuild(path, { migrations }, log);
    opened.push(database);
    expect(database.all("SELECT * FROM note")).toEqual([]);
    const aside = (await readdir(join(directory, "nested"))).find((name) => name.includes(".damaged-"));
    expect(aside).toBeDefined();
    expect(lines.join("")).toContain(aside);
  });

  it("does not touch a database that is only newer", async () => {
    (await openNotes({ migrations: [...migrations, "CREATE TABLE later (id)"] })).close();
    await expect(openOrRebuild(path, { migrations }, log)).rejects.toMatchObject({ code: "store.newer-version" });
    expect((await readdir(join(directory, "nested"))).join()).not.toContain("damaged");
  });
});
