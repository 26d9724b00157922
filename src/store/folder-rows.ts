import type { Database } from "../sqlite.ts";
import type { FolderBook, FolderRecord } from "./index-store.ts";
import type { Lease } from "./lease.ts";

interface FolderRow {
  readonly path: string;
  readonly stamp: string;
  readonly folders: string;
  readonly files: string;
  readonly stats: Uint8Array;
}

/** The directories remembered in a database. */
export function folderBook(db: Database, lease: Lease): FolderBook {
  return {
    all: async () => readFolders(db),
    put: async (folders) => {
      if (folders.length === 0) return;
      // No change that searches would have to hear of, hence no revision.
      db.transaction(() => {
        lease.confirm();
        writeFolders(db, folders);
      });
    },
    countSources: async () => db.get<{ n: number }>("SELECT count(*) AS n FROM source")?.n ?? 0,
  };
}

/** All directories that are remembered, by path. */
function readFolders(db: Database): Map<string, FolderRecord> {
  const folders = new Map<string, FolderRecord>();
  for (const row of db.iterate<FolderRow>("SELECT path, stamp, folders, files, stats FROM folder")) {
    const { path, stamp } = row;
    // Copied: what the database hands out need not be aligned.
    const stats = new Float64Array(row.stats.slice().buffer);
    folders.set(path, { path, stamp, folders: namesOf(row.folders), files: namesOf(row.files), stats });
  }
  return folders;
}

/** Remembers directories. Inside a transaction. */
function writeFolders(db: Database, folders: readonly FolderRecord[]): void {
  const insert = db.prepare("INSERT OR REPLACE INTO folder VALUES (?, ?, ?, ?, ?)");
  for (const { path, stamp, folders: inside, files, stats } of folders) {
    const bytes = new Uint8Array(stats.buffer, stats.byteOffset, stats.byteLength);
    insert.run(path, stamp, inside.join("/"), files.join("/"), bytes);
  }
}

/** Forgets the directories of sources that change: what is remembered always agrees with the sources. Inside a transaction. */
export function forgetFolders(db: Database, sources: Iterable<string>): void {
  const folders = new Set<string>();
  for (const source of sources) folders.add(source.slice(0, source.lastIndexOf("/") + 1));
  const forget = db.prepare("DELETE FROM folder WHERE path = ?");
  for (const folder of folders) forget.run(folder);
}

function namesOf(joined: string): string[] {
  return joined === "" ? [] : joined.split("/");
}
