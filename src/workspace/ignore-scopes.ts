import { hash } from "node:crypto";
import path from "node:path";
import { BUILD_OUTPUT, DEFAULT_EXCLUDES } from "./default-excludes.ts";
import { isSecret } from "./hidden-policy.ts";
import { type ForcedIncludes, parseForcedIncludes } from "./forced-includes.ts";
import { readRegularText } from "./read-small.ts";
import { findRepository, readGitExcludes, readRepositoryExclude } from "./git-locations.ts";
import { type Base, type IgnoreRules, parseIgnoreRules, subjectOf } from "./ignore-rules.ts";

export const PROJECT_IGNORE_FILE = ".codelabignore";

export interface IgnoreOptions {
  /** Patterns (relative to the root) that are included whatever the ignore files say. */
  readonly include?: readonly string[];
  /** Further patterns to leave out, stronger than any ignore file. */
  readonly exclude?: readonly string[];
  /** False also takes what is left out by default, such as `node_modules`; true when absent. */
  readonly defaults?: boolean;
}

/** `take` it, `leave` it, or `pass` through a directory that is left out only to reach what was forced in. */
export type Verdict = "take" | "leave" | "pass";

/** Rules and where they hold. */
interface Scope extends Base {
  readonly rules: IgnoreRules;
}

/** The rules that hold for the entries of one directory; a child without ignore files shares its parent's arrays. */
export interface DirectoryRules {
  /** Strongest first. */
  readonly scopes: readonly Scope[];
  readonly project: readonly Scope[];
  readonly git: readonly Scope[];
  /** Only what is forced in counts here. */
  readonly passing: boolean;
  /** Digest of all of this: equal rules decide alike. */
  readonly digest: string;
}

/** Which ignore files a directory holds. */
export interface IgnoreFilesFound {
  readonly gitignore: boolean;
  readonly projectIgnore: boolean;
  readonly repository: boolean;
}

/**
 * Decides what of a project is left out. Strongest first: forced includes, configured excludes, `.codelabignore` files
 * (deepest first), `.gitignore` files (deepest first), `.git/info/exclude`, the user's global excludes, the defaults.
 * A repository inside starts afresh with its own git rules, as in git; nothing under a directory left out comes back
 * unless it is forced in.
 */
export class IgnoreScopes {
  readonly root: string;
  readonly top: DirectoryRules;
  readonly #forced: ForcedIncludes;
  readonly #ignoreCase: boolean;
  readonly #always: readonly Scope[];
  readonly #global: IgnoreRules;
  readonly #defaults: readonly Scope[];

  private constructor(root: string, options: IgnoreOptions, excludes: { global: string; ignoreCase: boolean }) {
    this.root = root;
    this.#ignoreCase = excludes.ignoreCase;
    this.#forced = parseForcedIncludes(options.include ?? []);
    this.#always = this.#scopesOf((options.exclude ?? []).join("\n"), "");
    this.#global = parseIgnoreRules(excludes.global, excludes.ignoreCase);
    this.#defaults = options.defaults === false ? [] : this.#scopesOf(DEFAULT_EXCLUDES, "");
    this.top = this.#join([], this.#scopesAbove(), false);
  }

  /** Reads what holds for the whole of `root` (absolute, real). */
  static async open(root: string, options: IgnoreOptions = {}): Promise<IgnoreScopes> {
    return new IgnoreScopes(root, options, await readGitExcludes(root));
  }

  /** The rules inside a directory: `path` relative to the root with a slash at its end, empty for the root itself. */
  enter(path_: string, above: DirectoryRules, verdict: Verdict, found: IgnoreFilesFound): DirectoryRules {
    const forced = verdict === "take" && path_ !== "" && this.#forced.matches(path_.slice(0, -1));
    const passing = verdict === "pass";
    const unchanged = !found.gitignore && !found.projectIgnore && !(found.repository && path_ !== "");
    if (unchanged && !forced && passing === above.passing) return above;
    const directory = path.join(this.root, path_);
    let { git, project } = above;
    // What is forced in was meant whole: git's rules, which left it out, do not apply inside it.
    if (forced) git = [];
    else {
      if (found.repository && path_ !== "") {
        git = this.#repositoryScopes(directory, path_.length, "");
      }
      if (found.gitignore)
        git = [...this.#scopesOf(readRegularText(path.join(directory, ".gitignore")), path_), ...git];
    }
    if (found.projectIgnore) {
      project = [...this.#scopesOf(readRegularText(path.join(directory, PROJECT_IGNORE_FILE)), path_), ...project];
    }
    return this.#join(project, git, passing);
  }

  /** Whether anything is included whatever the ignore files say. */
  get isForcing(): boolean {
    return !this.#forced.isEmpty;
  }

  /** What becomes of one entry; `beside` tells whether the entry's directory holds a file of a name (or `*.ext`). */
  decide(
    rules: DirectoryRules,
    name: string,
    path_: string,
    isDirectory: boolean,
    beside: (name: string) => boolean,
  ): Verdict {
    if (name === ".git") return "leave";
    const forced = this.#forced;
    if (!forced.isEmpty && forced.matches(path_)) return "take";
    if (isSecret(name)) return "leave";
    if (!rules.passing && !this.#ignored(rules, name, path_, isDirectory, beside)) return "take";
    return isDirectory && !forced.isEmpty && forced.mayBeUnder(path_) ? "pass" : "leave";
  }

  /** Whether the configuration itself leaves out a path, or a directory that it lies in. */
  isExcluded(path_: string, isDirectory: boolean): boolean {
    const names = path_.split("/");
    return names.some((name, index) => {
      const subject = subjectOf(name, names.slice(0, index + 1).join("/"), isDirectory || index < names.length - 1);
      return this.#always.some((scope) => scope.rules.decide(subject, scope) === true);
    });
  }

  /** The rules for a directory that git leaves out and that was asked for all the same. */
  withoutGit(rules: DirectoryRules): DirectoryRules {
    return this.#join(rules.project, [], false);
  }

  #ignored(
    rules: DirectoryRules,
    name: string,
    path_: string,
    isDirectory: boolean,
    beside: (name: string) => boolean,
  ) {
    const subject = subjectOf(name, path_, isDirectory);
    for (const scope of rules.scopes) {
      const said = scope.rules.decide(subject, scope);
      if (said !== undefined) return said;
    }
    if (!isDirectory || this.#defaults.length === 0) return false;
    return BUILD_OUTPUT.get(name)?.some(beside) ?? false;
  }

  /** Rules of the repository above the root; none when they leave the root itself out, for then it is no part of it. */
  #scopesAbove(): Scope[] {
    const repository = findRepository(this.root) ?? this.root;
    const between = path.relative(repository, this.root);
    if (between === "") return this.#repositoryScopes(repository, 0, "");
    const parts = between.split(path.sep);
    let scopes = this.#repositoryScopes(repository, 0, `${parts.join("/")}/`);
    for (const [depth, part] of parts.entries()) {
      const prefix = `${parts.slice(depth).join("/")}/`;
      const file = path.join(repository, ...parts.slice(0, depth), ".gitignore");
      const here = this.#scopesOf(readRegularText(file), "").map((scope) => ({ ...scope, prefix }));
      scopes = [...here, ...scopes];
      if (firstWord(scopes, part, parts.slice(0, depth + 1), parts) === true) {
        return this.#repositoryScopes(null, 0, "");
      }
    }
    return scopes;
  }

  /** A repository's `info/exclude`, then the user's global excludes, which git reads as if they stood at its top. */
  #repositoryScopes(repository: string | null, cut: number, prefix: string): Scope[] {
    const own = parseIgnoreRules(repository === null ? "" : readRepositoryExclude(repository), this.#ignoreCase);
    return [own, this.#global].filter((rules) => rules.size > 0).map((rules) => ({ rules, cut, prefix }));
  }

  #join(project: readonly Scope[], git: readonly Scope[], passing: boolean): DirectoryRules {
    const scopes = [...this.#always, ...project, ...git, ...this.#defaults];
    const said = scopes.map(({ rules, cut, prefix }) => [rules.text, cut, prefix]);
    const digest = hash("sha256", JSON.stringify([said, passing, this.#ignoreCase, this.#defaults.length]), "hex");
    return { project, git, passing, scopes, digest };
  }

  #scopesOf(text: string, path_: string): Scope[] {
    const rules = parseIgnoreRules(text, this.#ignoreCase);
    return rules.size === 0 ? [] : [{ rules, cut: path_.length, prefix: "" }];
  }
}

/** What rules above the root say about one of the directories that lead to it. */
function firstWord(scopes: readonly Scope[], name: string, upTo: readonly string[], all: readonly string[]) {
  for (const scope of scopes) {
    const baseDepth = all.length - (scope.prefix.split("/").length - 1);
    const said = scope.rules.decide(subjectOf(name, upTo.slice(baseDepth).join("/"), true));
    if (said !== undefined) return said;
  }
  return undefined;
}
