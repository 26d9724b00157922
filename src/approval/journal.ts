import { processExists } from "../process-exists.ts";
import type { Database } from "../sqlite.ts";
import { type Clock, systemClock } from "./clock.ts";
import { sha256 } from "../sha256.ts";

/** A regular file's bytes and permission bits. */
export interface FileContent {
  readonly content: Uint8Array;
  readonly mode: number;
}

/** The files of one workspace, by paths relative to it; its path rules apply to an undo as to any other change. */
export interface JournalFiles {
  /** Null where there is no file. */
  read(path: string): Promise<FileContent | null>;
  /** Replaces or creates the file atomically; `expectedHash` is the sha256 that it must have now, null for no file. */
  write(path: string, file: FileContent, expectedHash?: string | null): Promise<void>;
  remove(path: string, expectedHash?: string): Promise<void>;
}

/** A change that is about to be made to one file. Null stands for no file. */
export interface FileChange {
  /** Id of the approval, null where none was needed. */
  readonly request: string | null;
  readonly tool: string;
  readonly path: string;
  readonly before: FileContent | null;
  readonly after: { readonly hash: string; readonly mode: number } | null;
  /** Entry that this change takes back. */
  readonly undoes?: number;
}

/**
 * `intent`: begun, its end not known; `done`: on disk; `void`: never happened; `unclear`: after a crash the file is
 * neither what it was nor what it should be; `undone`: taken back.
 */
export type JournalState = "intent" | "done" | "void" | "unclear" | "undone";

export interface JournalEntry {
  readonly id: number;
  readonly workspace: string;
  readonly request: string | null;
  readonly tool: string;
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly state: JournalState;
  /** SHA-256 of the content, null where there was, or is, no file. */
  readonly beforeHash: string | null;
  readonly afterHash: string | null;
  /** Whether what was replaced is kept. */
  readonly restorable: boolean;
}

interface Row {
  readonly id: number;
  readonly workspace: string;
  readonly request: string | null;
  readonly tool: string;
  readonly path: string;
  readonly at: number;
  readonly pid: number;
  readonly before_hash: string | null;
  readonly before_mode: number | null;
  readonly after_hash: string | null;
  readonly kept: number;
  readonly undoes: number | null;
  readonly state: JournalState;
}

const COLUMNS = `id, workspace, request, tool, path, at, pid, before_hash, before_mode, after_hash, undoes, state,
  (before IS NOT NULL OR before_hash IS NULL) AS kept`;

/** Larger files are changed without a copy: the entry says so. */
const MAX_KEPT_BYTES = 32_000_000;

/** Older copies are let go beyond this many bytes in all. */
const MAX_TOTAL_BYTES = 500_000_000;

/** What each approved change replaced, written down before it is made. */
export class Journal {
  readonly workspace: string;
  readonly #database: Database;
  readonly #files: JournalFiles;
  readonly #clock: Clock;
  #recovery: Promise<unknown> | null = null;

  constructor(database: Database, workspace: string, files: JournalFiles, clock: Clock = systemClock) {
    this.#database = database;
    this.workspace = workspace;
    this.#files = files;
    this.#clock = clock;
  }

  /** Makes a change through `act`: the intent is on disk before, the outcome after. */
  async perform<Result>(change: FileChange, act: () => Promise<Result>): Promise<Result> {
    // Once, and before the first change could make an older one's outcome unclear.
    await (this.#recovery ??= this.recover());
    const id = this.#begin(change);
    try {
      const result = await act();
      this.#close(id, "done");
      return result;
    } catch (error) {
      await this.#settle(id);
      throw error;
    }
  }

  /** Finds out what became of changes whose process died on the way; returns those entries. */
  async recover(): Promise<JournalEntry[]> {
    const open = this.#rows("state = 'intent' AND workspace = ?", this.workspace);
    const orphans = open.filter(({ pid }) => pid !== process.pid && !processExists(pid));
    for (const { id } of orphans) await this.#settle(id);
    this.#prune();
    return orphans.map(({ id }) => this.get(id)).filter((entry) => entry !== null);
  }

  get(id: number): JournalEntry | null {
    const [row] = this.#rows("id = ? AND workspace = ?", id, this.workspace);
    return row === undefined ? null : entryOf(row);
  }

  /** Newest first. */
  list(limit = 100): JournalEntry[] {
    return this.#rows("workspace = ? ORDER BY id DESC LIMIT ?", this.workspace, limit).map(entryOf);
  }

  /** What an entry replaced; null where there was no file. Throws a RangeError where no copy was kept. */
  contentBefore(id: number): FileContent | null {
    const row = this.#database.get<{
      before: Uint8Array | null;
      before_hash: string | null;
      before_mode: number | null;
    }>("SELECT before, before_hash, before_mode FROM undo_journal WHERE id = ?", id);
    if (row === undefined || row.before_hash === null) return null;
    if (row.before === null) throw new RangeError(`entry ${id} kept no copy`);
    return { content: row.before, mode: row.before_mode ?? 0o644 };
  }

  #begin(change: FileChange): number {
    const { before, after } = change;
    return this.#database.run(
      `INSERT INTO undo_journal (workspace, request, tool, path, at, pid, before, before_hash, before_mode, after_hash,
         after_mode, undoes, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'intent')`,
      this.workspace,
      change.request,
      change.tool,
      change.path,
      this.#clock.wall(),
      process.pid,
      before === null || before.content.byteLength > MAX_KEPT_BYTES ? null : before.content,
      before === null ? null : sha256(before.content),
      before?.mode ?? null,
      after?.hash ?? null,
      after?.mode ?? null,
      change.undoes ?? null,
    ).lastInsertRowid;
  }

  /** Judges by the file itself what became of a change. */
  async #settle(id: number): Promise<void> {
    const [row] = this.#rows("id = ?", id);
    if (row === undefined) return;
    const now = await this.#files.read(row.path).then(
      (file) => ({ hash: file === null ? null : sha256(file.content) }),
      () => null,
    );
    if (now === null) this.#close(id, "unclear");
    else if (now.hash === row.after_hash) this.#close(id, "done");
    else this.#close(id, now.hash === row.before_hash ? "void" : "unclear");
  }

  #close(id: number, state: JournalState): void {
    this.#database.transaction(() => {
      this.#database.run("UPDATE undo_journal SET state = ? WHERE id = ? AND state = 'intent'", state, id);
      if (state !== "done") return;
      this.#database.run(
        "UPDATE undo_journal SET state = 'undone' WHERE id = (SELECT undoes FROM undo_journal WHERE id = ?)",
        id,
      );
    });
  }

  #prune(): void {
    this.#database.run(
      `UPDATE undo_journal SET before = NULL WHERE before IS NOT NULL AND id IN (
         SELECT id FROM (SELECT id, sum(length(before)) OVER (ORDER BY id DESC) AS total FROM undo_journal)
         WHERE total > ?)`,
      MAX_TOTAL_BYTES,
    );
  }

  #rows(where: string, ...parameters: (string | number)[]): Row[] {
    return this.#database.all<Row>(`SELECT ${COLUMNS} FROM undo_journal WHERE ${where}`, ...parameters);
  }
}

/** The changes of all workspaces, newest first. */
export function listChanges(database: Database, limit: number): JournalEntry[] {
  const sql = `SELECT ${COLUMNS} FROM undo_journal ORDER BY id DESC LIMIT ?`;
  return database.all<Row>(sql, limit).map(entryOf);
}

function entryOf(row: Row): JournalEntry {
  const { id, workspace, request, tool, path, at, state } = row;
  const restorable = row.kept === 1 && (state === "done" || state === "unclear");
  return {
    id,
    workspace,
    request,
    tool,
    path,
    at,
    state,
    beforeHash: row.before_hash,
    afterHash: row.after_hash,
    restorable,
  };
}
