import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../../src/log.ts";
import { type Database, openDatabase } from "../../src/sqlite.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../../src/store/embedded-store.ts";
import { MIGRATIONS } from "../../src/store/schema.ts";

/** A directory for one index, and what is opened in it; all goes with the place. */
export class TempStore implements AsyncDisposable {
  readonly directory: string;
  readonly #opened: (Database | EmbeddedStore)[] = [];

  constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<TempStore> {
    return new TempStore(await mkdtemp(join(tmpdir(), "codelab-store-")));
  }

  get path(): string {
    return join(this.directory, "index.db");
  }

  async open(now: () => number = Date.now): Promise<EmbeddedStore> {
    const store = await openEmbeddedStore(this.path, { log: createLogger("silent"), now });
    this.#opened.push(store);
    return store;
  }

  async openTables(): Promise<Database> {
    const db = await openDatabase(this.path, { migrations: MIGRATIONS });
    this.#opened.push(db);
    return db;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of this.#opened) {
      if (Symbol.asyncDispose in open) await open[Symbol.asyncDispose]();
      else open.close();
    }
    await rm(this.directory, { recursive: true });
  }
}
