/** The values that SQLite takes and gives. */
export type SqlValue = null | number | bigint | string | Uint8Array;

export interface Statement {
  run(...parameters: SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...parameters: SqlValue[]): unknown;
  all(...parameters: SqlValue[]): unknown[];
  iterate(...parameters: SqlValue[]): Iterable<unknown>;
  /** Missing in the first releases of `node:sqlite`. */
  setReturnArrays?(enabled: boolean): void;
}

/** The part of `node:sqlite` that is used: the runtime and the package agree on it. */
export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

type Driver = new (path: string, options?: { readonly readOnly?: boolean }) => Connection;

/** Opens a connection with the runtime's own SQLite where it has one with full text, else with the package's. */
export async function connect(path: string, readOnly: boolean): Promise<Connection> {
  const Database = runtimeDriver() ?? (await packageDriver());
  return new Database(path, { readOnly });
}

function runtimeDriver(): Driver | null {
  const module = quietly(() => process.getBuiltinModule("node:sqlite")) as
    | { readonly DatabaseSync: Driver }
    | undefined;
  return module !== undefined && hasFullText(module.DatabaseSync) ? module.DatabaseSync : null;
}

/** The runtime warns once per process that its SQLite is young; a search result is no place to say so. */
function quietly<Result>(load: () => Result): Result {
  const own = Object.getOwnPropertyDescriptor(process, "emitWarning");
  Object.defineProperty(process, "emitWarning", { value: () => {}, configurable: true, writable: true });
  try {
    return load();
  } finally {
    if (own === undefined) Reflect.deleteProperty(process, "emitWarning");
    else Object.defineProperty(process, "emitWarning", own);
  }
}

/** Early releases of `node:sqlite` and some distributions' builds come without FTS5. */
function hasFullText(Database: Driver): boolean {
  const memory = new Database(":memory:");
  try {
    memory.exec("CREATE VIRTUAL TABLE probe USING fts5(body, content='', contentless_delete=1)");
    return true;
  } catch {
    return false;
  } finally {
    memory.close();
  }
}

async function packageDriver(): Promise<Driver> {
  const { DatabaseSync } = await import("@photostructure/sqlite");
  return DatabaseSync;
}
