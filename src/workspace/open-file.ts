import {
  type Stats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readlinkSync,
  realpathSync,
} from "node:fs";
import { UserError, hasErrno } from "../errors.ts";

/** Something that is no file to read: its kind in words. */
function kindOf(stats: Stats): string {
  if (stats.isFile()) return "a file";
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return "a device";
  return "a special file";
}

/**
 * Opens the regular file at a real absolute path, hands its descriptor and state to `use`, and closes it. The last
 * link is not followed, a pipe or device is refused without waiting on it, and what was opened is proven afterwards to
 * lie at that very path, so nobody gains by exchanging a directory for a link meanwhile.
 * Throws `workspace.not-found`, `workspace.not-a-file`, `workspace.unreadable` or `permission.changed-path`;
 * `shown` is the path as messages name it.
 */
export function withRegularFile<T>(absolute: string, shown: string, use: (fd: number, stats: Stats) => T): T {
  const fd = open(absolute, shown);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notAFile(shown, kindOf(stats));
    if (!isOpenAt(fd, stats, absolute)) throw exchanged(shown);
    return use(fd, stats);
  } finally {
    closeSync(fd);
  }
}

/**
 * Opens the directory at a real absolute path and hands `use` a path through which names inside it are reached whatever
 * happens to the directory's own path meanwhile (on Linux; elsewhere the path itself, proven a moment before).
 */
export function withDirectory<T>(absolute: string, shown: string, use: (at: string) => T): T {
  if (process.platform === "win32") return use(absolute);
  const fd = open(absolute, shown);
  try {
    const stats = fstatSync(fd);
    if (!stats.isDirectory()) {
      throw new UserError("workspace.not-a-directory", `${shown} is ${kindOf(stats)}, not a directory`, {
        hint: "Name a directory; read_file shows a file.",
      });
    }
    if (!isOpenAt(fd, stats, absolute)) throw exchanged(shown);
    const through = `/proc/self/fd/${fd}`;
    return use(process.platform === "linux" && existsSync(through) ? through : absolute);
  } finally {
    closeSync(fd);
  }
}

/** Reads at most `limit` bytes from `start`; fewer only where the file ends. */
export function readBytes(fd: number, start: number, limit: number): Buffer {
  const buffer = Buffer.allocUnsafe(limit);
  let filled = 0;
  while (filled < limit) {
    const count = readSync(fd, buffer, filled, limit - filled, start + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/**
 * Whether an open descriptor belongs to the real path `absolute`. Linux says where a descriptor lies; elsewhere the
 * path is resolved again and must lead to the same inode without a link.
 */
export function isOpenAt(fd: number, stats: Stats, absolute: string): boolean {
  if (process.platform === "linux") {
    try {
      const actual = readlinkSync(`/proc/self/fd/${fd}`);
      return actual === absolute || actual === `${absolute} (deleted)`;
    } catch {
      // No /proc in this container: the way of the other systems remains.
    }
  }
  try {
    const now = lstatSync(absolute);
    return now.ino === stats.ino && now.dev === stats.dev && realpathSync.native(absolute) === absolute;
  } catch {
    return false;
  }
}

function open(absolute: string, shown: string): number {
  // Windows has neither flag, and neither named pipes nor terminals at ordinary paths.
  const flags =
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
  try {
    return openSync(absolute, flags);
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR")) {
      const hint = "list_files shows what is there.";
      throw new UserError("workspace.not-found", `${shown} does not exist`, { hint, cause: error });
    }
    if (hasErrno(error, "ELOOP", "EMLINK")) throw notAFile(shown, "a symbolic link");
    if (hasErrno(error, "ENXIO", "ENODEV", "EISDIR")) throw notAFile(shown, "a special file");
    throw new UserError("workspace.unreadable", `${shown} cannot be read`, { cause: error });
  }
}

function exchanged(shown: string): UserError {
  return new UserError("permission.changed-path", `${shown} was exchanged while it was being opened`, {
    hint: "Try again.",
  });
}

function notAFile(shown: string, kind: string): UserError {
  return new UserError("workspace.not-a-file", `${shown} is ${kind}, not a regular file`, {
    hint: "Name a file; list_files shows what is in a directory.",
  });
}
