import { randomUUID } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { hasErrno, messageOf, UserError } from "../errors.ts";

/** Far more than a client's configuration takes, with all of its history of conversations. */
const MAX_BYTES = 100_000_000;

/** The text of a configuration file; null where there is none. Throws `request.unreadable-config`. */
export function readConfig(file: string): string | null {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    // A cloned repository's could be a link to what has no end.
    if (!stats.isFile() || stats.size > MAX_BYTES) throw new Error("it is no file, or too large");
    const bytes = readFileSync(file);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR")) return null;
    throw new UserError("request.unreadable-config", `${file} cannot be read as text: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

export interface ConfigChange {
  readonly file: string;
  /** What was read, and must still be there; null for nothing. */
  readonly before: string | null;
  readonly after: string;
  /** Where the former content is kept. */
  readonly backups: string;
}

/**
 * Replaces a file so that a reader sees all of the old or all of the new, keeping its mode, a copy of what it was, and
 * the link that leads to it. Returns the copy; null for a new file.
 * @throws UserError `request.changed-config` when someone else has written it meanwhile, `request.unwritable-config`
 */
export function writeConfig({ file, before, after, backups }: ConfigChange): string | null {
  try {
    const backup = before === null ? null : keep(file, before, backups);
    makeDirectory(path.dirname(file));
    const target = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true ? realpathSync(file) : file;
    // A rename asks nobody whether the file may be written: one that was made read-only was meant to stay.
    if (existsSync(target)) accessSync(target, constants.W_OK);
    // New ones are for their owner alone: such files hold keys sooner or later.
    const mode = existsSync(target) ? statSync(target).mode & 0o7777 : 0o600;
    const aside = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`);
    try {
      writeSynced(aside, after, mode);
      if (readConfig(file) !== before) {
        throw new UserError("request.changed-config", `${file} was changed by another program meanwhile`, {
          hint: "Nothing was written. Try again.",
        });
      }
      renameSync(aside, target);
    } finally {
      rmSync(aside, { force: true });
    }
    return backup;
  } catch (error) {
    if (!hasErrno(error, "EACCES", "EPERM", "ENOENT", "EEXIST", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "ELOOP"))
      throw error;
    throw new UserError("request.unwritable-config", `${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function keep(file: string, text: string, backups: string): string {
  makeDirectory(backups, 0o700);
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const copy = path.join(backups, `${time}-${randomUUID().slice(0, 8)}-${path.basename(file)}`);
  writeFileSync(copy, text, { mode: 0o600, flag: "wx" });
  return copy;
}

function writeSynced(file: string, text: string, mode: number): void {
  const descriptor = openSync(file, "wx", 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
