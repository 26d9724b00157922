import { lstatSync, type Stats } from "node:fs";
import path from "node:path";
import { hasErrno } from "../errors.ts";
import type { IndexStore } from "../store/index-store.ts";
import { PathFilter } from "../workspace/path-filter.ts";
import type { WalkedFile } from "../workspace/walk.ts";
import { indexFiles, skippedState } from "./index-files.ts";
import { syncCode, type SyncPorts } from "./sync-code.ts";

interface Refresh {
  readonly paths: readonly string[] | null;
  readonly check: "quick" | "full";
  readonly signal: AbortSignal;
}

/** More changes than this at once (a branch switch, an install) are found sooner by looking at everything. */
const FEW_PATHS = 200;

/** The code of a project as something that a watcher keeps fresh: structurally a `WatchSubject`. */
export function codeSubject(ports: SyncPorts, embed: (signal: AbortSignal) => Promise<void>) {
  const { store, root, ignore } = ports;
  return {
    name: "code",
    roots: [root],
    openFilter: async (directory: string) => {
      const filter = await PathFilter.open(directory, ignore);
      return (relative: string, isDirectory: boolean) => relative === "" || filter.takes(relative, isDirectory);
    },
    acquireLease: async () => await store.acquireLease(),
    releaseLease: async () => await store.releaseLease(),
    checkedAt: async () => (await store.moments()).checkedAt,
    refresh: async ({ paths, check, signal }: Refresh) => {
      const few = paths !== null && check === "quick" && paths.length <= FEW_PATHS;
      return {
        changed: (few ? await refreshFiles(ports, paths, signal) : null) ?? (await refreshAll(ports, check, signal)),
      };
    },
    embed,
  };
}

async function refreshAll(ports: SyncPorts, check: "quick" | "full", signal: AbortSignal): Promise<number> {
  const stage = syncCode(ports, { full: check === "full", signal });
  for (let step = await stage.next(); ; step = await stage.next()) {
    if (step.done === true) return step.value.indexed + step.value.removed;
  }
}

/** Looks at these files only; null when it takes a walk to know what happened (a directory, a link, ignore rules). */
async function refreshFiles(ports: SyncPorts, paths: readonly string[], signal: AbortSignal): Promise<number | null> {
  const { store, root, ignore, maxFileBytes } = ports;
  const filter = await PathFilter.open(root, ignore);
  const files: WalkedFile[] = [];
  const remove: string[] = [];
  const tooLarge: string[] = [];
  for (const absolute of paths) {
    const file = path.relative(root, absolute).split(path.sep).join("/");
    if (/(^|\/)(\.gitignore|\.codelabignore)$|^\.git\//.test(file)) return null;
    const stats = statsOf(absolute);
    if (stats?.isDirectory() === true || stats?.isSymbolicLink() === true) return null;
    if (stats === undefined) {
      // What is gone may have been a directory; only the walk knows what was in it.
      if ((await store.source(file)) === null) return null;
      remove.push(file);
    } else if (stats.isFile() && filter.takes(file, false)) {
      if (stats.size > maxFileBytes) tooLarge.push(file);
      else files.push({ path: file, size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino });
    }
  }
  const known = await knownOf(store, files);
  // What grew too large must not be found as it was before.
  const put = (await notYetSkipped(store, tooLarge)).map((file) => ({
    state: skippedState(file, UNREAD, "too-large"),
    chunks: [],
  }));
  if (remove.length + put.length > 0) await store.apply({ put, touch: [], remove });
  let changed = remove.length + put.length;
  for await (const batch of indexFiles(ports, files, known, signal)) {
    await store.apply(batch);
    changed += batch.put.length + batch.remove.length;
  }
  return changed;
}

/** What stands at a path; undefined where nothing does, also because a file took the place of a directory above it. */
function statsOf(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

const UNREAD = { size: 0, mtimeMs: 0, inode: 0, hash: "" };

async function notYetSkipped(store: IndexStore, files: readonly string[]): Promise<string[]> {
  const states = await Promise.all(files.map(async (file) => await store.source(file)));
  return files.filter((_, index) => states[index]?.skipped !== "too-large");
}

async function knownOf(store: IndexStore, files: readonly WalkedFile[]) {
  const states = await Promise.all(files.map(async ({ path: file }) => await store.source(file)));
  return new Map(states.flatMap((state) => (state === null ? [] : [[state.path, state]])));
}
