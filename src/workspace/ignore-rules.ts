import { type Wildmatch, compileWildmatch, segmentMatches } from "../wildmatch.ts";

/** What rules are asked about, taken apart once for all of them. */
export interface Subject {
  readonly name: string;
  readonly extension: string;
  /** Relative to the root of what is walked, or to the rules' own directory where `Base` says nothing else. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/** How a subject's path becomes relative to the rules' directory: `cut` characters go, or `prefix` comes before it. */
export interface Base {
  readonly cut: number;
  readonly prefix: string;
}

/** The rules of one ignore file, indexed so that a name that no rule mentions costs two look-ups. */
export interface IgnoreRules {
  /** What the last rule that fits says: true to ignore, false to keep, undefined when none fits. */
  decide(subject: Subject, base?: Base): boolean | undefined;
  readonly size: number;
  /** What they were read from. */
  readonly text: string;
}

/** Takes a path apart for `decide`. */
export function subjectOf(name: string, path: string, isDirectory: boolean): Subject {
  return { name, extension: extensionOf(name), path, isDirectory };
}

interface Rule {
  readonly index: number;
  readonly first: number;
  readonly negated: boolean;
  readonly directoryOnly: boolean;
  /** Whether the whole path is compared, not the base name only. */
  readonly wholePath: boolean;
  readonly pattern: Wildmatch;
}

/** Compiles the text of a `.gitignore`-like file with git's rules; `ignoreCase` as in git's core.ignoreCase. */
export function parseIgnoreRules(text: string, ignoreCase = false): IgnoreRules {
  const rules = text
    .replace(/^\ufeff/, "")
    .split("\n")
    .map((line, index) => parseRule(ignoreCase ? line.toLowerCase() : line, index))
    .filter((rule) => rule !== null);
  const byName = new Map<string, Rule[]>();
  const byExtension = new Map<string, Rule[]>();
  const others: Rule[] = [];
  for (const rule of rules) {
    const { last } = rule.pattern;
    if (last.kind === "literal") append(byName, last.text, rule);
    else if (last.kind === "affix" && last.suffix.includes(".")) append(byExtension, extensionOf(last.suffix), rule);
    else others.push(rule);
  }
  const decide = (subject: Subject, base: Base = OWN) => {
    let best = lastFit(byName.get(subject.name), subject, base, undefined);
    best = lastFit(byExtension.get(subject.extension), subject, base, best);
    if (others.length > 0) best = lastFit(others, subject, base, best);
    return best === undefined ? undefined : !best.negated;
  };
  return {
    text,
    size: rules.length,
    decide: ignoreCase ? (subject, base) => decide(lowerCase(subject), base) : decide,
  };
}

const OWN: Base = { cut: 0, prefix: "" };

function lowerCase({ name, path, isDirectory }: Subject): Subject {
  return subjectOf(name.toLowerCase(), path.toLowerCase(), isDirectory);
}

/** Reads one line; null for a comment, a blank line or a pattern that can never match. */
function parseRule(line: string, index: number): Rule | null {
  let pattern = trimEnd(line.endsWith("\r") ? line.slice(0, -1) : line);
  if (pattern === "" || pattern.startsWith("#")) return null;
  const negated = pattern.startsWith("!");
  if (negated) pattern = pattern.slice(1);
  const directoryOnly = pattern.endsWith("/");
  if (directoryOnly) pattern = pattern.slice(0, -1);
  const wholePath = pattern.includes("/");
  if (pattern.startsWith("/")) pattern = pattern.slice(1);
  if (pattern === "") return null;
  const compiled = compileWildmatch(pattern, wholePath);
  if (compiled === null) return null;
  return { index, first: firstCharacter(compiled), negated, directoryOnly, wholePath, pattern: compiled };
}

/** The rule that stands last of those that fit and of `best`. */
function lastFit(
  rules: readonly Rule[] | undefined,
  subject: Subject,
  base: Base,
  best: Rule | undefined,
): Rule | undefined {
  if (rules === undefined) return best;
  const first = subject.name.charCodeAt(0);
  for (const rule of rules) {
    if (rule.first !== first && rule.first !== ANY_CHARACTER) continue;
    if (best !== undefined && rule.index < best.index) continue;
    if (ruleFits(rule, subject, base)) best = rule;
  }
  return best;
}

function ruleFits(rule: Rule, { name, path, isDirectory }: Subject, { cut, prefix }: Base): boolean {
  if (rule.directoryOnly && !isDirectory) return false;
  if (!rule.wholePath) return rule.pattern.matches(name);
  if (!segmentMatches(rule.pattern.last, name)) return false;
  return rule.pattern.matches(cut > 0 ? path.slice(cut) : prefix === "" ? path : prefix + path);
}

/** The character that a base name must begin with; comparing it settles most comparisons. */
function firstCharacter({ last }: Wildmatch): number {
  const head = last.kind === "literal" ? last.text : last.kind === "affix" ? last.prefix : "";
  return head === "" ? ANY_CHARACTER : head.charCodeAt(0);
}

const ANY_CHARACTER = -1;

/** Drops trailing spaces but not one that a backslash protects. */
function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === " ") end--;
  if (end === line.length) return line;
  let backslashes = 0;
  while (line[end - 1 - backslashes] === "\\") backslashes++;
  return line.slice(0, backslashes % 2 === 1 ? end + 1 : end);
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function append(index: Map<string, Rule[]>, key: string, rule: Rule): void {
  const rules = index.get(key);
  if (rules === undefined) index.set(key, [rule]);
  else rules.push(rule);
}
