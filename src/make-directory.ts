import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { hasErrno } from "./errors.ts";

/**
 * Makes a directory and the parents that it lacks, one after the other. Node's own `recursive` turns for ever, deaf to
 * signals, on file systems that answer "no such file" where nothing may be made: `/proc`, automounted homes.
 * @param mode of what is made; the umask takes from it
 * @throws what the system says of the first that cannot be made
 */
export function makeDirectory(directory: string, mode = 0o777): void {
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    if (isDirectory(directory)) return;
    const parent = path.dirname(directory);
    if (parent === directory || isDirectory(parent) || !hasErrno(error, "ENOENT")) throw error;
    makeDirectory(parent, mode);
    makeIn(directory, mode);
  }
}

/** Makes a directory in one that is there; another process may have made it meanwhile. */
function makeIn(directory: string, mode: number): void {
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    if (!isDirectory(directory)) throw error;
  }
}

function isDirectory(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
