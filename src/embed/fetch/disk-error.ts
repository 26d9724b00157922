import { hasErrno, messageOf, UserError } from "../../errors.ts";

/**
 * What failed to be kept on disk, as an error that its receiver can mend; null where it is not the disk that failed. No
 * other source would help then.
 */
export function diskError(thrown: unknown, what: string, home: string): UserError | null {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const isFull = hasErrno(error, "ENOSPC", "EDQUOT");
    // A file system on which nothing may be made says that what was to be made is not there.
    const isBarred = hasErrno(error, "ENOENT") && "syscall" in error && error.syscall === "mkdir";
    if (!isFull && !isBarred && !hasErrno(error, "EROFS", "EACCES", "EPERM", "ENOTDIR", "EEXIST", "EISDIR", "EIO"))
      continue;
    const reason = isFull ? "no space is left" : messageOf(error);
    return new UserError("embedding.download", `${what} cannot be kept in ${home}: ${reason}`, {
      hint: isFull
        ? "Free 250 MB, or move CODELAB_HOME to another disk. Until then search goes by words alone."
        : "Make it writable, or set CODELAB_HOME to a directory that is. Until then search goes by words alone.",
      cause: thrown,
    });
  }
  return null;
}
