import {
  type Stats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { UserError, hasErrno } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { withDirectory } from "./open-file.ts";
import type { SafePath } from "./paths.ts";
import { removeAbandoned, temporaryName } from "./temporary-name.ts";

export interface AtomicWrite {
  readonly content: Uint8Array;
  /** Permission bits; those of the file that is replaced, else what the umask leaves of 0o666, when absent. */
  readonly mode?: number;
  /** sha256 (hex) of what must be there now, null for nothing: anything else is refused. Absent: not compared. */
  readonly expectedHash?: string | null;
}

/**
 * Creates or replaces a file so that every reader sees either all of the old or all of the new content, also after a
 * crash: temporary file beside it, fsync, rename, fsync of the directory. Missing directories are made. All of it
 * happens through the opened directory, so exchanging that directory for a link changes nothing.
 * Throws `workspace.changed-since`, `workspace.not-a-file`, `workspace.hard-link` or `workspace.not-writable`.
 */
export function writeAtomically(target: SafePath, write: AtomicWrite): void {
  const directory = path.dirname(target.absolute);
  const name = path.basename(target.absolute);
  try {
    makeDirectories(directory, target.relative);
    withDirectory(directory, path.posix.dirname(target.relative), (at) => replaceIn(at, name, target.relative, write));
  } catch (error) {
    throw explained(error, target.relative);
  }
}

/** Removes a file. Throws as `writeAtomically` does; `expectedHash` as there. */
export function removeFile(target: SafePath, expectedHash?: string): void {
  try {
    withDirectory(path.dirname(target.absolute), path.posix.dirname(target.relative), (at) => {
      const file = path.join(at, path.basename(target.absolute));
      const stats = requireRegular(file, target.relative);
      if (stats === undefined) throw new UserError("workspace.not-found", `${target.relative} does not exist`);
      if (expectedHash !== undefined) requireHash(file, target.relative, expectedHash);
      unlinkSync(file);
      syncDirectory(at);
    });
  } catch (error) {
    throw explained(error, target.relative);
  }
}

function replaceIn(at: string, name: string, shown: string, { content, mode, expectedHash }: AtomicWrite): void {
  const file = path.join(at, name);
  const present = requireRegular(file, shown);
  // Replacing one of several names would quietly part them; writing through would change a file elsewhere.
  if (present !== undefined && present.nlink > 1) {
    throw new UserError(
      "workspace.hard-link",
      `${shown} is a hard link with ${present.nlink} names and is not replaced`,
    );
  }
  if (expectedHash !== undefined) requireHash(file, shown, expectedHash);
  removeAbandoned(at);
  const temporary = path.join(at, temporaryName());
  try {
    writeSynced(
      temporary,
      content,
      mode ?? (present === undefined ? 0o666 & ~process.umask() : present.mode & 0o7777),
      present,
    );
    if (expectedHash === null) createFrom(temporary, file, shown);
    else {
      if (expectedHash !== undefined) requireHash(file, shown, expectedHash);
      renameSync(temporary, file);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
  syncDirectory(at);
}

function writeSynced(file: string, content: Uint8Array, mode: number, like: Stats | undefined): void {
  const fd = openSync(
    file,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0),
    0o600,
  );
  try {
    for (let written = 0; written < content.length;) written += writeSync(fd, content, written);
    if (like !== undefined && process.platform !== "win32") keepOwner(fd, like);
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function keepOwner(fd: number, like: Stats): void {
  if (like.uid === process.getuid?.() && like.gid === process.getgid?.()) return;
  try {
    fchownSync(fd, like.uid, like.gid);
  } catch (error) {
    // Only the superuser gives files away; for anyone else a replaced file becomes their own, as with any editor.
    if (!hasErrno(error, "EPERM", "EINVAL", "ENOSYS")) throw error;
  }
}

/** Gives the temporary file its name without ever replacing a file that appeared meanwhile. */
function createFrom(temporary: string, file: string, shown: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (hasErrno(error, "EEXIST")) throw changed(shown);
    // File systems without hard links (FAT, some shares) leave a moment between look and rename.
    if (!hasErrno(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK")) throw error;
    requireHash(file, shown, null);
    renameSync(temporary, file);
  }
}

function requireRegular(file: string, shown: string): Stats | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) {
    throw new UserError("workspace.not-a-file", `${shown} is not a regular file`);
  }
  return stats;
}

function requireHash(file: string, shown: string, expected: string | null): void {
  if (hashAt(file, shown) !== expected) throw changed(shown);
}

function hashAt(file: string, shown: string): string | null {
  if (requireRegular(file, shown) === undefined) return null;
  // The flags matter when the file is exchanged for a link or a pipe just now.
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    return sha256(readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}

function changed(shown: string): UserError {
  return new UserError("workspace.changed-since", `${shown} changed since it was read`, {
    hint: "Read it again and repeat the change on what is there now.",
  });
}

/** Makes the missing directories one by one, each inside its opened parent. */
function makeDirectories(directory: string, shown: string): void {
  const missing: string[] = [];
  let present = directory;
  while (lstatSync(present, { throwIfNoEntry: false }) === undefined) {
    missing.unshift(path.basename(present));
    present = path.dirname(present);
  }
  for (const name of missing) {
    withDirectory(present, shown, (at) => {
      try {
        mkdirSync(path.join(at, name));
      } catch (error) {
        if (!hasErrno(error, "EEXIST")) throw error;
      }
    });
    present = path.join(present, name);
  }
}

function syncDirectory(at: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(at, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some network file systems do not sync directories.
    if (!hasErrno(error, "EINVAL", "ENOTSUP")) throw error;
  } finally {
    closeSync(fd);
  }
}

function explained(error: unknown, shown: string): unknown {
  if (hasErrno(error, "EACCES", "EPERM", "EROFS")) {
    return new UserError("workspace.not-writable", `${shown} may not be written by this user`, { cause: error });
  }
  if (hasErrno(error, "ENOSPC", "EDQUOT")) {
    return new UserError("workspace.disk-full", `There is no room on the disk for ${shown}`, { cause: error });
  }
  return error;
}
