import type { SourceState } from "../store/index-store.ts";
import type { WalkedFile, WalkSkip } from "../workspace/walk.ts";

/** What differs between the disk and the index, by stat alone. */
export interface Changes {
  /** New, or with another size, time, inode or chunker than when they were indexed; newest first. */
  readonly changed: readonly WalkedFile[];
  readonly unchanged: number;
  /** Indexed once, and no longer there (or no longer to be indexed). */
  readonly removed: readonly string[];
  /** Left out for a reason worth telling, and not yet known to be. */
  readonly skipped: readonly WalkSkip[];
}

/** Reasons under which what lies below a path could not be seen, so that nothing may be concluded about it. */
const UNSEEN = new Set(["unreadable"]);

/**
 * Compares a walk of the workspace with what the index remembers.
 * @param full whether unchanged files are to be read and hashed all the same
 */
export function findChanges(
  walked: Iterable<WalkedFile>,
  skips: readonly WalkSkip[],
  known: ReadonlyMap<string, SourceState>,
  { chunker, full }: { readonly chunker: string; readonly full: boolean },
): Changes {
  const changed: WalkedFile[] = [];
  const gone = new Set(known.keys());
  let unchanged = 0;
  for (const file of walked) {
    const state = known.get(file.path);
    if (state === undefined || full || !isSame(file, state, chunker)) changed.push(file);
    else unchanged += 1;
    gone.delete(file.path);
  }
  const skipped = skips.filter(({ path, reason }) => known.get(path)?.skipped !== reason);
  for (const { path } of skips) gone.delete(path);
  const hidden = skips.filter(({ reason }) => UNSEEN.has(reason)).map(({ path }) => `${path}/`);
  const removed = [...gone].filter((path) => !hidden.some((directory) => path.startsWith(directory)));
  changed.sort((a, b) => b.mtimeMs - a.mtimeMs);
  return { changed, unchanged, removed, skipped };
}

/** Whether a file is, by stat, what was indexed. */
export function isSame(file: WalkedFile, state: SourceState, chunker: string): boolean {
  return (
    file.mtimeMs === state.mtimeMs &&
    file.size === state.size &&
    file.inode === state.inode &&
    chunker === state.chunker
  );
}
