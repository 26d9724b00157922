import { rename, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError, hasErrno } from "./errors.ts";
import type { Logger } from "./log.ts";
import { type Connection, type SqlValue, type Statement, connect } from "./sqlite-driver.ts";
import { isBusy, storeError } from "./sqlite-errors.ts";
import { createPrivately } from "./sqlite-file.ts";

export type { SqlValue, Statement } from "./sqlite-driver.ts";

export interface DatabaseOptions {
  /** SQL scripts; the database's `user_version` counts how many have run. Only ever append to the list. */
  readonly migrations: readonly string[];
  /**
   * `normal` (default): a power cut may cost the last commits, never the file. `full`: a commit survives it; for what
   * cannot be rebuilt.
   */
  readonly durability?: "normal" | "full";
  /** Megabytes of pages cached per connection; default 8. */
  readonly cacheMb?: number;
  /** Milliseconds to wait for another connection's lock; default 5000. The thread waits with it. */
  readonly busyTimeoutMs?: number;
}

/** An open database whose failures are `UserError`s of the family `store` where the user can mend them. */
export class Database implements Disposable {
  readonly path: string;
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();
  readonly #arrayStatements = new Map<string, Statement>();
  #depth = 0;
  #open = true;

  constructor(path: string, connection: Connection) {
    this.path = path;
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Runs a script of several statements. */
  exec(sql: string): void {
    this.#guard(() => this.#connection.exec(sql));
  }

  /** Runs one statement, prepared once per SQL text. */
  run(sql: string, ...parameters: SqlValue[]): { readonly changes: number; readonly lastInsertRowid: number } {
    const result = this.#guard(() => this.prepare(sql).run(...parameters));
    return { changes: Number(result.changes), lastInsertRowid: Number(result.lastInsertRowid) };
  }

  /** The first row; the caller vouches for its shape. */
  get<Row>(sql: string, ...parameters: SqlValue[]): Row | undefined {
    return this.#guard(() => this.prepare(sql).get(...parameters)) as Row | undefined;
  }

  /** All rows; the caller vouches for their shape. */
  all<Row>(sql: string, ...parameters: SqlValue[]): Row[] {
    return this.#guard(() => this.prepare(sql).all(...parameters)) as Row[];
  }

  /** All rows as arrays of their columns, at half the cost of objects; the caller vouches for their shape. */
  arrays<Row extends readonly SqlValue[]>(sql: string, ...parameters: SqlValue[]): Row[] {
    return this.#guard(() => {
      // Apart from `prepare`'s: how a statement gives its rows is a state of the statement.
      const statement = cached(this.#arrayStatements, sql, () => this.#connection.prepare(sql));
      if (statement.setReturnArrays === undefined) {
        return statement.all(...parameters).map((row) => Object.values(row as object));
      }
      statement.setReturnArrays(true);
      return statement.all(...parameters);
    }) as Row[];
  }

  /** Rows one by one, for results that should not be in memory at once. Not to be left open across an `await`. */
  *iterate<Row>(sql: string, ...parameters: SqlValue[]): Generator<Row> {
    // A statement of its own: a cached one would be reset under its reader by a second use.
    const statement = this.#guard(() => this.#connection.prepare(sql));
    try {
      yield* statement.iterate(...parameters) as Iterable<Row>;
    } catch (thrown) {
      throw storeError(thrown, this.path);
    }
  }

  /** The cached prepared statement of this SQL text, for hot loops; run it inside `transaction`. */
  prepare(sql: string): Statement {
    return cached(this.#statements, sql, () => this.#guard(() => this.#connection.prepare(sql)));
  }

  /** Runs `work` in one transaction (joined when there is one already): committed when it returns, undone when it throws. */
  transaction<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    // IMMEDIATE: a deferred transaction that turns to writing fails at once, without waiting, when another has written.
    this.exec("BEGIN IMMEDIATE");
    this.#depth = 1;
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (thrown) {
      // A full disk makes SQLite roll back by itself; then there is nothing left to undo.
      this.#quietly("ROLLBACK");
      throw storeError(thrown, this.path);
    } finally {
      this.#depth = 0;
    }
  }

  /** Runs `work`, which only reads, against one state of the database, whatever others write meanwhile. */
  snapshot<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    this.exec("BEGIN");
    this.#depth = 1;
    try {
      return work();
    } finally {
      this.#depth = 0;
      this.#quietly("COMMIT");
    }
  }

  /** Copies the log of recent writes into the file and empties it, as far as readers allow; for idle moments. */
  checkpoint(): void {
    this.#quietly("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** Writes the file anew, without what was deleted from it; throws `store.*` while others use it for too long. */
  rewrite(): void {
    this.exec("VACUUM");
    this.checkpoint();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    // The package's statements keep a closed connection half open until they are collected, so what SQLite does when
    // its last connection closes is done here; without waiting, since it is only tidying.
    this.#quietly("PRAGMA busy_timeout = 0");
    this.#quietly("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #quietly(sql: string): void {
    try {
      this.#connection.exec(sql);
    } catch {
      // Each use is a courtesy: what it would have done is done by the next one that can.
    }
  }

  #guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (thrown) {
      throw storeError(thrown, this.path);
    }
  }
}

/**
 * Opens (or creates, mode 0600, directories 0700) the database at `path` and brings its schema up to date.
 * Throws `store.newer-version` (nothing touched), `store.corrupt`, `store.read-only`, `store.disk-full`, `store.cannot-open`.
 */
export async function openDatabase(path: string, options: DatabaseOptions): Promise<Database> {
  let connection: Connection | undefined;
  try {
    await createPrivately(path);
    connection = await connect(path, false);
    const database = new Database(path, connection);
    // The size counts where the file is new. Rows here are texts and vectors of kilobytes: twice the usual halves the calls.
    connection.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? 5000}; PRAGMA page_size = 8192`);
    refuseNewer(database, options.migrations.length);
    await enterWal(database);
    connection.exec(`
      PRAGMA synchronous = ${options.durability === "full" ? "FULL" : "NORMAL"};
      PRAGMA cache_size = ${-1000 * (options.cacheMb ?? 8)};
      PRAGMA mmap_size = 0;
      PRAGMA temp_store = MEMORY;
      PRAGMA foreign_keys = ON;
      PRAGMA journal_size_limit = 16000000;
      PRAGMA wal_autocheckpoint = 2000;
    `);
    migrate(database, options.migrations);
    return database;
  } catch (thrown) {
    connection?.close();
    throw storeError(thrown, path);
  }
}

/** As `openDatabase`, but a damaged file is moved aside (the log says where) and a new one begun in its place. */
export async function openOrRebuild(path: string, options: DatabaseOptions, log: Logger): Promise<Database> {
  const before = await fileId(path);
  try {
    return await openDatabase(path, options);
  } catch (thrown) {
    if (!(thrown instanceof UserError) || thrown.code !== "store.corrupt") throw thrown;
    // Another process may have met the same damage and be past this step: its new file must not be moved.
    if (before === (await fileId(path))) {
      const aside = await moveAside(path);
      log.warn("A damaged database was moved aside and is built anew.", { path, aside });
    }
    return openDatabase(path, options);
  }
}

/** Renames the database and its companions; returns the new name of the main file. */
export async function moveAside(path: string): Promise<string> {
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      await rename(path + suffix, aside + suffix);
    } catch (thrown) {
      if (!hasErrno(thrown, "ENOENT")) throw storeError(thrown, path);
    }
  }
  return aside;
}

async function fileId(path: string): Promise<number | null> {
  return stat(path).then(
    (file) => file.ino,
    () => null,
  );
}

function refuseNewer(database: Database, known: number): void {
  const version = userVersion(database);
  if (version <= known) return;
  throw new UserError("store.newer-version", `${database.path} was written by a newer version of this program.`, {
    hint: "Update codelab-mcp, or set CODELAB_HOME to another directory.",
  });
}

function userVersion(database: Database): number {
  return database.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
}

/** The switch needs the file for itself for a moment, and SQLite does not wait for that. */
async function enterWal(database: Database): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      database.get("PRAGMA journal_mode = WAL");
      return;
    } catch (thrown) {
      const cause = thrown instanceof UserError ? thrown.cause : thrown;
      if (!isBusy(cause) || attempt === 50) throw thrown;
      await sleep(20 + 30 * Math.random());
    }
  }
}

function migrate(database: Database, migrations: readonly string[]): void {
  if (userVersion(database) === migrations.length) return;
  database.transaction(() => {
    // Read again under the lock: another process may have migrated meanwhile.
    refuseNewer(database, migrations.length);
    for (let version = userVersion(database); version < migrations.length; version++) {
      database.exec(migrations[version] ?? "");
      database.exec(`PRAGMA user_version = ${version + 1}`);
    }
  });
}

function cached(statements: Map<string, Statement>, sql: string, prepare: () => Statement): Statement {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = prepare();
    statements.set(sql, statement);
  }
  return statement;
}
