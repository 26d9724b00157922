import { type Stats, lstatSync, statfsSync } from "node:fs";

/** A directory of nothing but files and directories that are walked or left out, as it was when it was last read. */
export interface FolderFacts {
  /** Relative to the root, with a slash at its end. */
  readonly path: string;
  /** What the directory's own state and the rules for it come to: equal means that its entries are the same. */
  readonly stamp: string;
  /** Names of the directories in it that are walked. */
  readonly folders: readonly string[];
  /** Names of the files in it that are walked. */
  readonly files: readonly string[];
  /** Size, modification time (ms) and inode of each of those files. */
  readonly stats: Float64Array;
}

/** What a walk is told of directories seen before, and what it tells of those that it saw. */
export interface FolderMemory {
  /** Whatever else must be as it was, such as the version of what is made of the files. */
  readonly salt: string;
  /** Facts of the directory from an earlier walk; its files are then only yielded where their own state differs. */
  readonly recall: (path: string) => FolderFacts | undefined;
  /** A directory whose entries are as remembered, and how many of its files were yielded because they differ. */
  readonly onRecalled: (facts: FolderFacts, yielded: number) => void;
  /** A directory that was read and may be remembered. */
  readonly onRead: (facts: FolderFacts) => void;
  /** Milliseconds since the epoch; handed in by tests. */
  readonly now?: () => number;
}

/**
 * Whether the file system under a directory keeps the times of directories exactly: a change of entries then shows in
 * them, as git's untracked cache presumes too. Of network and user-space file systems, and others than these, nobody knows.
 */
export function tellsFolderChanges(root: string): boolean {
  return process.platform === "linux" && EXACT.has(statfsSync(root).type);
}

/** The kernel's magic numbers of ext2 to ext4, XFS, Btrfs, F2FS, ZFS, tmpfs and overlayfs. */
const EXACT: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994, 0x794c7630,
]);

/**
 * The stamp of a directory; null where it changed so lately that a further change could leave the same times. The time
 * of the last change of state cannot be set by programs, unlike that of the last modification.
 */
export function stampOf({ dev, ino, mtimeMs, ctimeMs }: Stats, rules: string, now: number): string | null {
  if (Math.max(mtimeMs, ctimeMs) > now - SETTLED_MS) return null;
  return `${WALK_VERSION} ${dev} ${ino} ${mtimeMs} ${ctimeMs} ${rules}`;
}

/** To be raised when the same directory under the same rules would be walked differently. */
const WALK_VERSION = 1;

/** The state of what stands at a path, not following a link; undefined where that cannot be told. */
export function quietStat(path: string): Stats | undefined {
  try {
    return lstatSync(path, QUIETLY);
  } catch {
    return undefined;
  }
}

const QUIETLY = { throwIfNoEntry: false } as const;

/** The coarsest clock of the file systems above, with room to spare. */
const SETTLED_MS = 2_000;

/** Numbers per file in `FolderFacts.stats`. */
export const FACTS_PER_FILE = 3;

/** Gathers the facts of a directory while it is read. */
export class FolderReading {
  readonly #folders: string[] = [];
  readonly #files: string[] = [];
  readonly #stats: number[] = [];

  addFolder(name: string): void {
    this.#folders.push(name);
  }

  addFile(name: string, { size, mtimeMs, inode }: { size: number; mtimeMs: number; inode: number }): void {
    this.#files.push(name);
    this.#stats.push(size, mtimeMs, inode);
  }

  facts(path: string, stamp: string): FolderFacts {
    return { path, stamp, folders: this.#folders, files: this.#files, stats: Float64Array.from(this.#stats) };
  }
}
