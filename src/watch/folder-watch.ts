import path from "node:path";
import { watch } from "chokidar";
import { hasErrno, messageOf } from "../errors.ts";
import type { PathTest } from "./subject.ts";

export interface FolderWatchEvents {
  /** A path changed, or nobody knows which (null). */
  readonly onChange: (path: string | null) => void;
  /** A file that decides what is ignored changed: the watch no longer looks at the right folders. */
  readonly onRulesChange: () => void;
  /** The system watches no more folders: `limit` when its limit is reached. Changes will be missed. */
  readonly onTrouble: (kind: "limit" | "other", reason: string) => void;
}

/** A running watch over one folder and all that its rules let in. */
export interface FolderWatch extends AsyncDisposable {
  /** Settles when all folders are watched. */
  readonly ready: Promise<void>;
}

/**
 * Watches the folders under `root`, not their files: one handle a folder tells of every file in it, so that 20,000
 * files in 1,000 folders cost 1,000 handles. Folders that the rules leave out are never entered.
 */
export function watchFolder(root: string, takes: PathTest, events: FolderWatchEvents): FolderWatch {
  const relativeTo = (place: string) => path.relative(root, place).split(path.sep).join("/");
  const isLeftOut = (place: string, isDirectory: boolean) => {
    const relative = relativeTo(place);
    return relative !== "" && !takes(relative, isDirectory);
  };
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    // The watcher asks first by name alone, then with what the name turned out to be.
    ignored: (place, stats) => stats !== undefined && (!stats.isDirectory() || isLeftOut(place, true)),
  });
  const changed = (place: string) => {
    if (RULE_FILES.has(path.basename(place))) events.onRulesChange();
    if (!isLeftOut(place, false) || !isLeftOut(place, true)) events.onChange(place);
  };
  watcher.on("raw", (_, name, details) => {
    const folder = watchedPathOf(details);
    // A null name comes from systems that do not tell which file of a folder changed.
    if (folder === null || typeof name !== "string") events.onChange(null);
    else changed(path.join(folder, name));
  });
  watcher.on("addDir", changed);
  watcher.on("unlinkDir", changed);
  watcher.on("error", (error) => {
    events.onTrouble(hasErrno(error, "ENOSPC", "EMFILE", "ENFILE") ? "limit" : "other", messageOf(error));
  });
  const ready = new Promise<void>((resolve) => {
    watcher.once("ready", () => resolve());
  });
  return { ready, [Symbol.asyncDispose]: () => watcher.close() };
}

function watchedPathOf(details: unknown): string | null {
  if (typeof details !== "object" || details === null || !("watchedPath" in details)) return null;
  return typeof details.watchedPath === "string" ? details.watchedPath : null;
}

const RULE_FILES: ReadonlySet<string> = new Set([".gitignore", ".codelabignore"]);
