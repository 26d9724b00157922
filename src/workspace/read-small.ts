import { lstatSync, readFileSync, statSync } from "node:fs";

/** No configuration that anyone wrote is larger. */
const MAX_BYTES = 1024 * 1024;

/** The text of a small file, following links; empty where there is none, at little cost. */
export function readSmallText(file: string): string {
  return read(file, statSync);
}

/** The same for a file that must not be a link: a checkout could point it elsewhere, and git does not follow it either. */
export function readRegularText(file: string): string {
  return read(file, lstatSync);
}

function read(file: string, look: typeof statSync): string {
  try {
    // Asking first is cheap; an exception with its stack for each file that is not there is not.
    const stats = look(file, { throwIfNoEntry: false });
    return stats?.isFile() && stats.size <= MAX_BYTES ? readFileSync(file, "utf8") : "";
  } catch {
    return "";
  }
}
