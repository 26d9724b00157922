import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDirectory } from "../../make-directory.ts";
import { hasErrno } from "../../errors.ts";

/** A lock whose holder has not touched it for this long belongs to a process that died. */
const STALE_LOCK_MS = 20_000;
const TOUCH_MS = 4_000;
const POLL_MS = 250;

/**
 * Makes `target` exist as `build` left it, or not at all: built beside it and renamed. Of several processes that want
 * the same, one builds and the others wait; should the builder die, one of them takes over.
 */
export async function installDirectory(
  target: string,
  build: (directory: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const lock = `${target}.lock`;
  makeDirectory(path.dirname(target));
  while (!existsSync(target)) {
    signal?.throwIfAborted();
    if (!(await takeLock(lock))) {
      await sleep(POLL_MS, undefined, signal ? { signal } : {});
      continue;
    }
    const touching = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => {}), TOUCH_MS);
    try {
      if (!existsSync(target)) await buildAside(target, build);
    } finally {
      clearInterval(touching);
      await rm(lock, { force: true });
    }
  }
}

async function buildAside(target: string, build: (directory: string) => Promise<void>): Promise<void> {
  const aside = `${target}.${randomUUID()}.partial`;
  makeDirectory(aside);
  try {
    await build(aside);
    await rename(aside, target);
  } catch (error) {
    // Someone who took our lock for dead was faster: what they built is as good.
    if (!(hasErrno(error, "ENOTEMPTY", "EEXIST", "EPERM") && existsSync(target))) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Whether this process now holds the lock. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, "wx");
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (!hasErrno(error, "EEXIST")) throw error;
  }
  try {
    const { mtimeMs } = await stat(lock);
    if (Date.now() - mtimeMs > STALE_LOCK_MS) await rm(lock, { force: true });
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
  }
  return false;
}
