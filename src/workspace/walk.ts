import { type Dirent, lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { type DirectoryRules, type IgnoreOptions, IgnoreScopes, PROJECT_IGNORE_FILE } from "./ignore-scopes.ts";
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
  /** Real paths that were reached through links, each of which is walked once. */
  readonly #linked = new Set<string>();

  constructor(scopes: IgnoreScopes, options: WalkOptions) {
    this.#scopes = scopes;
    this.#maxBytes = options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES;
    this.#onSkip = options.onSkip ?? (() => {});
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
      const entries = this.#attempt(directory.path, () => readdirSync(this.#absolute(directory.path), WITH_TYPES));
      if (entries !== undefined) this.#read(directory, entries);
      return true;
    }
    // Links come last: by then it is settled what is walked without them.
    const link = this.#links.pop();
    if (link === undefined) return false;
    this.#filter ??= new PathFilter(this.#scopes);
    this.#follow(link, inspectLink(this.#scopes, this.#filter, link.path));
    return true;
  }

  #read(directory: Pending, entries: readonly Dirent[]): void {
    const prefix = directory.path;
    const rules = this.#scopes.enter(prefix, directory.rules, directory.verdict, ignoreFilesAmong(entries));
    const beside = (wanted: string) => entries.some(({ name }) => fitsMarker(name, wanted));
    for (const entry of entries) {
      const { name } = entry;
      const file = prefix + name;
      const isDirectory = entry.isDirectory();
      const verdict = this.#scopes.decide(rules, name, file, isDirectory, beside);
      if (verdict === "leave") continue;
      if (isDirectory) this.#enterLater({ path: `${file}/`, rules, verdict, linked: directory.linked });
      else if (entry.isFile()) this.#take(file, directory.linked);
      else if (entry.isSymbolicLink()) {
        const takesDirectory = () => this.#scopes.decide(rules, name, file, true, beside) === "take";
        this.#links.push({ path: file, takesDirectory });
      } else this.#onSkip({ path: file, reason: "special-file" });
    }
  }

  #enterLater(directory: Pending): void {
    if (this.#isRepeated(directory.path, directory.linked)) return;
    this.#pending.push(directory);
  }

  #take(file: string, linked: boolean): void {
    if (this.#isRepeated(file, linked)) return;
    const stats = this.#attempt(file, () => lstatSync(this.#absolute(file)));
    if (stats === undefined) return;
    if (!stats.isFile()) this.#onSkip({ path: file, reason: "vanished" });
    else if (stats.size > this.#maxBytes) this.#onSkip({ path: file, reason: "too-large" });
    else this.batch.push({ path: file, size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino });
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
