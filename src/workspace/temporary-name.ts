import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { processExists } from "../process-exists.ts";

const TEMPORARY = /^\.codelab-(\d+)-[0-9a-f]{16}\.tmp$/;
/** Another machine or container may be writing under a process id that is unknown here. */
const ABANDONED_MS = 60_000;

/** A name for a file that will be renamed in a moment; it tells whose it is. */
export function temporaryName(): string {
  return `.codelab-${process.pid}-${randomBytes(8).toString("hex")}.tmp`;
}

/** Removes temporary files that killed processes left in a directory. */
export function removeAbandoned(directory: string): void {
  for (const name of readdirSync(directory)) {
    const owner = TEMPORARY.exec(name)?.[1];
    if (owner === undefined || processExists(Number(owner))) continue;
    const file = path.join(directory, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() && Date.now() - stats.mtimeMs > ABANDONED_MS) rmSync(file, { force: true });
  }
}
