import { readdirSync, realpathSync, statSync } from "node:fs";
import type { Dirent, Stats } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { hasErrno, messageOf } from "../errors.ts";

/** A log on disk. */
export interface TranscriptFile {
  /** Absolute, with `/`. */
  readonly path: string;
  /** The root that it was found under, absolute. */
  readonly root: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** A place that could not be read, and why. */
export interface TranscriptProblem {
  readonly path: string;
  readonly reason: string;
}

export interface TranscriptListing {
  readonly files: readonly TranscriptFile[];
  readonly problems: readonly TranscriptProblem[];
}

/**
 * All conversation logs under `roots`, some folders at a time: each `*.jsonl` that is a regular file, at any depth,
 * symbolic links followed, each folder visited once. A root that does not exist has no logs. None is held once it was
 * given: looking at thousands costs little more than asking the disk for their sizes and times.
 */
export async function* walkTranscripts(
  roots: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<TranscriptListing> {
  const lister = new Lister();
  for (const root of roots) lister.enter(path.resolve(root), path.resolve(root));
  for (let folders = 1; lister.step(); folders += 1) {
    if (folders % FOLDERS_PER_TURN === 0) {
      yield lister.take();
      // Other work goes on in between: a sweep of 10,000 logs must not hold up a search.
      await setImmediate();
    }
    signal?.throwIfAborted();
  }
  yield lister.takeLast();
}

/**
 * What is there of the logs at these absolute paths; null when one of them is no log's name, so that only a walk through
 * everything can tell.
 */
export function describeTranscripts(paths: readonly string[], roots: readonly string[]): TranscriptListing | null {
  const files: TranscriptFile[] = [];
  for (const place of paths) {
    const root = roots.find((candidate) => !path.relative(candidate, place).startsWith(".."));
    if (root === undefined || !mayHoldTranscripts(path.basename(place), false)) return null;
    const file = describe(place, path.resolve(root));
    if (file !== null) files.push(file);
  }
  return { files, problems: [] };
}

/** Whether conversations may lie in a folder of this name, or be a file of it. */
export function mayHoldTranscripts(name: string, isDirectory: boolean): boolean {
  if (isDirectory) return !PRIVATE_FOLDERS.has(name);
  return name.endsWith(".jsonl") && !OTHER_LOGS.has(name);
}

/** The size and times of one log; null when it is gone or no regular file. */
function describe(place: string, root: string): TranscriptFile | null {
  const stats = statsOf(place);
  if (stats === undefined || !stats.isFile()) return null;
  const { size, mtimeMs, ino } = stats;
  return { path: path.sep === "/" ? place : place.replaceAll("\\", "/"), root, size, mtimeMs, inode: ino };
}

/** What stands at a path; undefined where nothing does, also because a file took the place of a folder above it. */
function statsOf(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

class Lister {
  #files: TranscriptFile[] = [];
  #problems: TranscriptProblem[] = [];
  readonly #waiting: { readonly folder: string; readonly real: string; readonly root: string }[] = [];
  readonly #links: TranscriptFile[] = [];
  /** Inode, size and time of each log that was found without a link of its own. */
  readonly #found: number[] = [];
  readonly #visited = new Set<string>();

  /** Notes a folder that is to be read: a root, or where a link leads. */
  enter(folder: string, root: string): void {
    try {
      this.#waiting.push({ folder, real: realpathSync.native(folder), root });
    } catch (error) {
      if (!hasErrno(error, "ENOENT", "ENOTDIR")) this.#note(folder, error);
    }
  }

  /** Reads one more folder; false when there is none left. */
  step(): boolean {
    const next = this.#waiting.pop();
    if (next === undefined) return false;
    if (this.#visited.has(next.real)) return true;
    this.#visited.add(next.real);
    for (const entry of this.#entriesOf(next.folder)) {
      const place = `${next.folder}${path.sep}${entry.name}`;
      // What cannot be read is noted, and costs nothing else.
      try {
        this.#look(entry, place, next);
      } catch (error) {
        this.#note(place, error);
      }
    }
    return true;
  }

  /** What was found since it was last asked. */
  take(): TranscriptListing {
    const listing = { files: this.#files, problems: this.#problems };
    this.#files = [];
    this.#problems = [];
    return listing;
  }

  /** As `take`, with the logs reached through a link of their own, unless they were found without it. */
  takeLast(): TranscriptListing {
    const { files, problems } = this.take();
    return { files: [...files, ...this.#linkedFiles()], problems };
  }

  #linkedFiles(): TranscriptFile[] {
    if (this.#links.length === 0) return [];
    const found = new Set<string>();
    for (let at = 0; at < this.#found.length; at += 3) found.add(this.#found.slice(at, at + 3).join(":"));
    return this.#links.filter(({ inode, size, mtimeMs }) => !found.has(`${inode}:${size}:${mtimeMs}`));
  }

  #entriesOf(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      this.#note(folder, error);
      return [];
    }
  }

  #note(place: string, error: unknown): void {
    this.#problems.push({ path: place, reason: messageOf(error) });
  }

  #look(entry: Dirent, place: string, { real, root }: { readonly real: string; readonly root: string }): void {
    const { name } = entry;
    if (entry.isFile()) {
      const file = mayHoldTranscripts(name, false) ? describe(place, root) : null;
      if (file === null) return;
      this.#files.push(file);
      this.#found.push(file.inode, file.size, file.mtimeMs);
    } else if (entry.isDirectory()) {
      const inside = { folder: place, real: `${real}${path.sep}${name}`, root };
      if (mayHoldTranscripts(name, true)) this.#waiting.push(inside);
    } else if (entry.isSymbolicLink()) {
      this.#follow(place, name, root);
    }
  }

  #follow(place: string, name: string, root: string): void {
    // A link may lead nowhere.
    const target = statSync(place, { throwIfNoEntry: false });
    if (target?.isDirectory() === true && mayHoldTranscripts(name, true)) this.enter(place, root);
    const file = target?.isFile() === true && mayHoldTranscripts(name, false) ? describe(place, root) : null;
    if (file !== null) this.#links.push(file);
  }
}

/** Folders beside the logs that hold no conversations of their own. */
const PRIVATE_FOLDERS: ReadonlySet<string> = new Set(["tool-results", "memory"]);
const OTHER_LOGS: ReadonlySet<string> = new Set(["journal.jsonl", "history.jsonl"]);
const FOLDERS_PER_TURN = 16;
