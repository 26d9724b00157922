import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { UserError, hasErrno, messageOf } from "./errors.ts";

/** SQLite's primary result codes that have a meaning for the user (https://sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** SQLite's own words for them: what fails while rows are read comes from the driver without its code. */
const MESSAGES: ReadonlyMap<string, number> = new Map([
  ["database is locked", BUSY],
  ["database table is locked", LOCKED],
  ["attempt to write a readonly database", READONLY],
  ["disk I/O error", IOERR],
  ["database disk image is malformed", CORRUPT],
  ["database or disk is full", FULL],
  ["unable to open database file", CANTOPEN],
  ["file is not a database", NOTADB],
]);

/** The primary result code of an error thrown by the driver; null for any other error. */
function resultCode(thrown: unknown): number | null {
  if (!(thrown instanceof Error)) return null;
  if ("errcode" in thrown && typeof thrown.errcode === "number") return thrown.errcode & 0xff;
  return "code" in thrown && thrown.code === "ERR_SQLITE_ERROR" ? (MESSAGES.get(thrown.message) ?? null) : null;
}

/** Whether SQLite gave up waiting for another connection's lock. */
export function isBusy(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === BUSY || code === LOCKED;
}

/**
 * What the caller should throw for a failure of SQLite or of the file system at `path`: a `UserError` of the family
 * `store` where the user can mend it, else what was thrown.
 */
export function storeError(thrown: unknown, path: string): unknown {
  if (thrown instanceof UserError) return thrown;
  const fail = (reason: `store.${string}`, message: string, hint: string) =>
    new UserError(reason, message, { hint, cause: thrown });
  if (hasErrno(thrown, "ENOSPC", "EDQUOT")) return full(fail, path);
  if (hasErrno(thrown, "EACCES", "EPERM", "EROFS")) return readOnly(fail, path);
  if (hasErrno(thrown, "ENOTDIR", "EEXIST", "EISDIR", "ENOENT", "ELOOP")) return cannotOpen(fail, path, thrown);
  switch (resultCode(thrown)) {
    case FULL:
      return full(fail, path);
    case READONLY:
      return readOnly(fail, path);
    case CORRUPT:
    case NOTADB:
      return fail("store.corrupt", `The database ${path} is damaged.`, "Move it away; it is built anew.");
    case CANTOPEN:
      return cannotOpen(fail, path, thrown);
    case BUSY:
    case LOCKED:
      return fail("store.busy", `Another process keeps ${path} locked.`, "Try again in a moment.");
    case IOERR:
      // Where even the first page of the shared memory finds no room, SQLite blames the device.
      if (roomAt(path) < SMALLEST_ROOM_BYTES) return full(fail, path);
      return fail("store.io", `Reading or writing ${path} failed: ${messageOf(thrown)}.`, "Check the disk.");
    case null:
    default:
      return thrown;
  }
}

/** What SQLite needs beside a database to open it at all: one segment of its shared memory. */
const SMALLEST_ROOM_BYTES = 32_768;

function roomAt(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

type Fail = (reason: `store.${string}`, message: string, hint: string) => UserError;

function full(fail: Fail, path: string): UserError {
  return fail(
    "store.disk-full",
    `No space left for ${path}.`,
    "Free some space, or move CODELAB_HOME to another disk.",
  );
}

function readOnly(fail: Fail, path: string): UserError {
  return fail(
    "store.read-only",
    `${path} cannot be written.`,
    "Make it writable, or set CODELAB_HOME to a directory that is.",
  );
}

function cannotOpen(fail: Fail, path: string, thrown: unknown): UserError {
  return fail("store.cannot-open", `${path} cannot be opened: ${messageOf(thrown)}.`, "Check CODELAB_HOME.");
}
