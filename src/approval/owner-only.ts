import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { hasErrno } from "../errors.ts";

/** What stands in the way of trusting a file; `absent` is no fault. */
export type OwnerOnlyFault = "absent" | "not-a-file" | "too-large" | "others-have-access";

/**
 * Reads a regular file that belongs to this user and that nobody else may read or write; links are not followed. On
 * Windows, which has no such modes, the owner check is left to the profile directory's own protection.
 */
export function readOwnerOnly(file: string, maxBytes: number): Buffer | OwnerOnlyFault {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return "absent";
    if (hasErrno(error, "ELOOP", "EMLINK", "ENXIO")) return "not-a-file";
    throw error;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return "not-a-file";
    if (status.size > maxBytes) return "too-large";
    const posix = process.platform !== "win32";
    if (posix && ((status.mode & 0o077) !== 0 || status.uid !== process.geteuid?.())) return "others-have-access";
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
