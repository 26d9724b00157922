import { type Dirent, lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { type DirectoryRules, type IgnoreOptions, IgnoreScopes, PROJECT_IGNORE_FILE } from "./ignore-scopes.ts";
import {
  FACTS_PER_FILE,
  type FolderMemory,
  FolderReading,
  quietStat,
  stampOf,
  tellsFolderChanges,
} from "./folder-memory.ts";
import { PathFilter } from "./path-filter.ts";
import { type LinkTarget, inspectLink } from "./walk-links.ts";

/** A file that may be indexed. */
export interface WalkedFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

export type SkipReason =
  | "too-large"
  | "unreadable"
  | "vanished"
  | "special-file"
  | "symlink-loop"
  | "symlink-dangling"
  | "symlink-outside"
  | "invalid-name";

/** Something that no rule left out and that is nevertheless not walked. */
export interface WalkSkip {
  readonly path: string;
  readonly reason: SkipReason;
}

export interface WalkOptions extends IgnoreOptions {
  /** Bytes; larger files are skipped. 1 MB when absent. */
  readonly maxFileBytes?: number;
  /** Directory (relative to the root) to start in, also when rules leave it out; the root when absent. */
  readonly under?: string;
  readonly signal?: AbortSignal;
  readonly onSkip?: (skip: WalkSkip) => void;
  /** Directories seen before need not be read again where this is given and nothing is forced in. */
  readonly folders?: FolderMemory;
}

export const DEFAULT_MAX_FILE_BYTES = 1024 * 1024;

/** A directory still to be read: `path` ends with a slash (empty for the root). */
interface Pending {
  readonly path: string;
  readonly rules: DirectoryRules;
  readonly verdict: "take" | "pass";
  /** Reached through a link, and therefore possibly reached twice. */
  readonly linked: boolean;
}

interface PendingLink {
  readonly path: string;
  /** Whether the rules would take a directory of the link's name. */
  readonly takesDirectory: () => boolean;
}

/**
 * Yields the files of the directory `root` in batches, in no particular order, each file once. Calls into the file
 * system are synchronous (ten times faster than asynchronous ones here) in slices of a few milliseconds, between which
 * the event loop runs.
 *
 * A link whose target lies inside the root counts as that target: a target that is walked anyway is not repeated, one
 * that ignore rules leave out is walked under its own path, because the link asks for it. Links out of the root are
 * not followed. Throws what reading the root itself throws, and the signal's reason.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<readonly WalkedFile[]> {
  const scopes = await IgnoreScopes.open(root, options);
  const walker = new Walker(scopes, options);
  walker.start(options.under ?? "");
  let sliceStart = performance.now();
  while (walker.step()) {
    if (performance.now() - sliceStart < SLICE_MS) continue;
    options.signal?.throwIfAborted();
    if (walker.batch.length >= MIN_BATCH) yield walker.takeBatch();
    await setImmediate();
    sliceStart = performance.now();
  }
  options.signal?.throwIfAborted();
  if (walker.batch.length > 0) yield walker.takeBatch();
}

/** Short enough that a waiting request does not feel it. */
const SLICE_MS = 8;
/** Fewer are kept for the next slice, so that batches are worth their overhead. */
const MIN_BATCH = 64;

class Walker {
  batch: WalkedFile[] = [];
  readonly #scopes: IgnoreScopes;
  readonly #maxBytes: number;
  readonly #onSkip: (skip: WalkSkip) => void;
  readonly #pending: Pending[] = [];
  readonly #links: PendingLink[] = [];
  #filter: PathFilter | undefined;
  readonly #folders: FolderMemory | undefined;
  readonly #device: number;
  /** Real paths that were reached through links, each of which is walked once. */
  readonly #linked = new Set<string>();

  constructor(scopes: IgnoreScopes, options: WalkOptions) {
    this.#scopes = scopes;
    this.#maxBytes = options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES;
    this.#onSkip = options.onSkip ?? (() => {});
    const usable = options.folders !== undefined && !scopes.isForcing && tellsFolderChanges(scopes.root);
    this.#folders = usable ? options.folders : undefined;
    this.#device = lstatSync(scopes.root).dev;
  }

  start(under: string): void {
    const entries = readdirSync(path.join(this.#scopes.root, under), WITH_TYPES);
    if (under === "") {
      this.#read({ path: "", rules: this.#scopes.top, verdict: "take", linked: false }, entries);
      return;
    }
    const { verdict, rules } = new PathFilter(this.#scopes).judge(under, true);
    const inside = verdict === "leave" ? this.#scopes.withoutGit(rules) : rules;
    const entered = verdict === "pass" ? "pass" : "take";
    this.#read({ path: `${under}/`, rules: inside, verdict: entered, linked: false }, entries);
  }

  takeBatch(): readonly WalkedFile[] {
    const batch = this.batch;
    this.batch = [];
    return batch;
  }

  /** Reads one more directory or follows one link; false when all is done. */
  step(): boolean {
    const directory = this.#pending.pop();
    if (directory !== undefined) {
      const stamp = this.#stampOf(directory);
      if (stamp !== null && this.#recall(directory, stamp)) return true;
      const entries = this.#attempt(directory.path, () => readdirSync(this.#absolute(directory.path), WITH_TYPES));
      if (entries !== undefined) this.#read(directory, entries, stamp);
      return true;
    }
    // Links come last: by then it is settled what is walked without them.
    const link = this.#links.pop();
    if (link === undefined) return false;
    this.#filter ??= new PathFilter(this.#scopes);
    this.#follow(link, inspectLink(this.#scopes, this.#filter, link.path));
    return true;
  }

  /** Taken before the directory is read, so that what changes meanwhile shows the next time; null: not to be remembered. */
  #stampOf({ path: directory, rules, verdict, linked }: Pending): string | null {
    if (this.#folders === undefined || linked || verdict !== "take") return null;
    const stats = quietStat(this.#absolute(directory));
    if (stats?.isDirectory() !== true || stats.dev !== this.#device) return null;
    return stampOf(stats, `${rules.digest} ${this.#maxBytes} ${this.#folders.salt}`, (this.#folders.now ?? Date.now)());
  }

  /** Goes through a directory by what is remembered of it; false, and nothing done, where that is out of date. */
  #recall({ path: prefix, rules }: Pending, stamp: string): boolean {
    const facts = this.#folders?.recall(prefix);
    if (facts?.stamp !== stamp) return false;
    const { files, stats: known } = facts;
    const differing: WalkedFile[] = [];
    const base = this.#absolute(prefix);
    for (let index = 0, at = 0; index < files.length; index++, at += FACTS_PER_FILE) {
      const stats = quietStat(base + files[index]);
      if (stats === undefined || !stats.isFile() || stats.size > this.#maxBytes) return false;
      const { size, mtimeMs, ino: inode } = stats;
      if (size === known[at] && mtimeMs === known[at + 1] && inode === known[at + 2]) continue;
      differing.push({ path: prefix + files[index], size, mtimeMs, inode });
    }
    this.batch.push(...differing);
    for (const name of facts.folders) {
      this.#pending.push({ path: `${prefix}${name}/`, rules, verdict: "take", linked: false });
    }
    this.#folders?.onRecalled(facts, differing.length);
    return true;
  }

  #read(directory: Pending, entries: readonly Dirent[], stamp: string | null = null): void {
    const prefix = directory.path;
    const rules = this.#scopes.enter(prefix, directory.rules, directory.verdict, ignoreFilesAmong(entries));
    // With rules of its own, with links or with what cannot be walked, a directory is read each time.
    let reading = stamp === null || rules !== directory.rules ? null : new FolderReading();
    const beside = (wanted: string) => entries.some(({ name }) => fitsMarker(name, wanted));
    for (const entry of entries) {
      const { name } = entry;
      const file = prefix + name;
      const isDirectory = entry.isDirectory();
      const verdict = this.#scopes.decide(rules, name, file, isDirectory, beside);
      if (verdict === "leave") continue;
      if (isDirectory) {
        if (verdict === "take") reading?.addFolder(name);
        else reading = null;
        this.#enterLater({ path: `${file}/`, rules, verdict, linked: directory.linked });
      } else if (entry.isFile()) {
        const taken = this.#take(file, directory.linked);
        if (taken === undefined) reading = null;
        else reading?.addFile(name, taken);
      } else if (entry.isSymbolicLink()) {
        reading = null;
        const takesDirectory = () => this.#scopes.decide(rules, name, file, true, beside) === "take";
        this.#links.push({ path: file, takesDirectory });
      } else {
        reading = null;
        this.#onSkip({ path: file, reason: "special-file" });
      }
    }
    if (reading !== null && stamp !== null) this.#folders?.onRead(reading.facts(prefix, stamp));
  }

  #enterLater(directory: Pending): void {
    if (this.#isRepeated(directory.path, directory.linked)) return;
    this.#pending.push(directory);
  }

  #take(file: string, linked: boolean): WalkedFile | undefined {
    if (this.#isRepeated(file, linked)) return undefined;
    const stats = this.#attempt(file, () => lstatSync(this.#absolute(file)));
    if (stats === undefined) return undefined;
    if (!stats.isFile()) this.#onSkip({ path: file, reason: "vanished" });
    else if (stats.size > this.#maxBytes) this.#onSkip({ path: file, reason: "too-large" });
    else {
      const taken = { path: file, size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino };
      this.batch.push(taken);
      return taken;
    }
    return undefined;
  }

  /** Only links reach a path that was reached before, so only what they reach is remembered. */
  #isRepeated(path_: string, linked: boolean): boolean {
    if (!linked) return false;
    if (this.#linked.has(path_)) return true;
    this.#linked.add(path_);
    return false;
  }

  #follow(link: PendingLink, target: LinkTarget): void {
    if (target.kind === "skip") this.#onSkip({ path: link.path, reason: target.reason });
    else if (target.kind === "file") this.#take(target.path, true);
    else if (target.kind === "directory" && link.takesDirectory()) {
      this.#enterLater({ path: target.path, rules: target.rules, verdict: "take", linked: true });
    }
  }

  #attempt<T>(path_: string, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const gone = code === "ENOENT" || code === "ENOTDIR";
      // A name that is no valid UTF-8 comes with replacement characters, under which the file is not found.
      const reason = gone && path_.includes("\ufffd") ? "invalid-name" : gone ? "vanished" : "unreadable";
      this.#onSkip({ path: path_.replace(/\/$/, ""), reason });
      return undefined;
    }
  }

  #absolute(path_: string): string {
    return this.#scopes.root + path.sep + path_;
  }
}

const WITH_TYPES = { withFileTypes: true } as const;

function ignoreFilesAmong(entries: readonly Dirent[]) {
  const found = { gitignore: false, projectIgnore: false, repository: false };
  for (const { name } of entries) {
    if (name.charCodeAt(0) !== 46) continue;
    if (name === ".gitignore") found.gitignore = true;
    else if (name === PROJECT_IGNORE_FILE) found.projectIgnore = true;
    else if (name === ".git") found.repository = true;
  }
  return found;
}

function fitsMarker(name: string, wanted: string): boolean {
  return wanted.startsWith("*") ? name.endsWith(wanted.slice(1)) : name === wanted;
}
