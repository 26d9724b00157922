import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import {
  type DirectoryRules,
  type IgnoreOptions,
  IgnoreScopes,
  PROJECT_IGNORE_FILE,
  type Verdict,
} from "./ignore-scopes.ts";

/** What the rules say of a path, and the rules around it (or at the border where it was left out). */
export interface Judgement {
  readonly verdict: Verdict;
  readonly rules: DirectoryRules;
}

/** Judges single paths by the rules that a walk follows, keeping what it read of each directory's ignore files. */
export class PathFilter {
  readonly #scopes: IgnoreScopes;
  readonly #directories = new Map<string, Judgement>();

  constructor(scopes: IgnoreScopes) {
    this.#scopes = scopes;
  }

  /** A filter for the directory `root` (absolute, real). */
  static async open(root: string, options: IgnoreOptions = {}): Promise<PathFilter> {
    return new PathFilter(await IgnoreScopes.open(root, options));
  }

  /** Whether a walk would take this path (relative to the root, with `/`); as a directory: whether it would enter it. */
  takes(file: string, isDirectory: boolean): boolean {
    const { verdict } = this.judge(file, isDirectory);
    return verdict === "take" || (isDirectory && verdict === "pass");
  }

  judge(file: string, isDirectory: boolean): Judgement {
    const slash = file.lastIndexOf("/");
    const parent = this.#inside(slash === -1 ? "" : file.slice(0, slash));
    return parent.verdict === "leave" ? parent : this.#decide(parent, file, isDirectory);
  }

  /** The rules for the entries of a directory, which is itself judged from the root down. */
  #inside(directory: string): Judgement {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const outer: Judgement =
      directory === "" ? { verdict: "take", rules: this.#scopes.top } : this.judge(directory, true);
    let inner = outer;
    if (outer.verdict !== "leave") {
      const prefix = directory === "" ? "" : `${directory}/`;
      const found = ignoreFilesIn(path.join(this.#scopes.root, directory));
      inner = { verdict: outer.verdict, rules: this.#scopes.enter(prefix, outer.rules, outer.verdict, found) };
    }
    this.#directories.set(directory, inner);
    return inner;
  }

  #decide({ rules }: Judgement, file: string, isDirectory: boolean): Judgement {
    const slash = file.lastIndexOf("/");
    const parent = path.join(this.#scopes.root, file.slice(0, Math.max(slash, 0)));
    const beside = (marker: string) => hasMarker(parent, marker);
    return { verdict: this.#scopes.decide(rules, file.slice(slash + 1), file, isDirectory, beside), rules };
  }
}

function ignoreFilesIn(directory: string) {
  return {
    gitignore: existsSync(path.join(directory, ".gitignore")),
    projectIgnore: existsSync(path.join(directory, PROJECT_IGNORE_FILE)),
    repository: existsSync(path.join(directory, ".git")),
  };
}

function hasMarker(directory: string, marker: string): boolean {
  if (!marker.startsWith("*")) return existsSync(path.join(directory, marker));
  try {
    return readdirSync(directory).some((name) => name.endsWith(marker.slice(1)));
  } catch {
    return false;
  }
}
