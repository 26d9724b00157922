import { copyFile, rename, rm, stat } from "node:fs/promises";
import { UserError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { moveAside, openDatabase } from "../sqlite.ts";
import { MIGRATIONS } from "./schema.ts";

/** Writes the index in the file `path` to the file `target` as it is at this moment, while others may go on writing. */
export async function backupIndex(path: string, target: string): Promise<{ readonly bytes: number }> {
  await expectFile(path, "There is no index to back up");
  if (await isFile(target)) {
    throw new UserError("store.target-exists", `${target} exists already.`, {
      hint: "Name a file that does not exist.",
    });
  }
  const db = await openDatabase(path, { migrations: MIGRATIONS });
  try {
    db.run("VACUUM INTO ?", target);
  } finally {
    db.close();
  }
  return { bytes: (await stat(target)).size };
}

/**
 * Puts a backup in the place of the index in the file `path`, which is moved aside (the log says where). The backup is
 * opened and looked through first: one that is damaged or of a newer version leaves everything as it is.
 */
export async function restoreIndex(backup: string, path: string, log: Logger): Promise<void> {
  await expectFile(backup, "There is no backup");
  const copy = `${path}.restoring`;
  await copyFile(backup, copy);
  try {
    await expectWhole(copy);
    if (await isFile(path)) log.info("The former index was moved aside.", { aside: await moveAside(path) });
    await rename(copy, path);
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) await rm(copy + suffix, { force: true });
  }
}

async function expectWhole(path: string): Promise<void> {
  const db = await openDatabase(path, { migrations: MIGRATIONS });
  try {
    const [first] = db.all<{ quick_check: string }>("PRAGMA quick_check(1)");
    if (first?.quick_check !== "ok") {
      throw new UserError("store.corrupt", `The backup is damaged: ${first?.quick_check ?? "unreadable"}.`);
    }
  } finally {
    db.close();
  }
}

async function expectFile(path: string, otherwise: string): Promise<void> {
  if (!(await isFile(path))) throw new UserError("store.not-found", `${otherwise}: ${path} does not exist.`);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
