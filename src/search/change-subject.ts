/** The parts of a question that is worded like the subject of a change: `shards: add a metric`, `fix(ui): wrong colour`. */
export interface ChangeSubject {
  /** The folders, packages or files that the prefix names; empty without one. */
  readonly scope: readonly string[];
  /** What is said, without what only tells the kind of change. */
  readonly said: string;
}

/**
 * Reads a subject as its writer meant it: the prefix says where, and the verb that it begins with (`Add`, `Fix`) speaks of
 * the change and not of the code, where it would be found in every builder and parser. Any other text is left as it is.
 */
export function readSubject(text: string): ChangeSubject {
  const conventional = CONVENTIONAL.exec(text);
  const prefix = conventional ?? PREFIX.exec(text);
  const rest = prefix === null ? text : text.slice(prefix[0].length);
  const scope = (prefix?.[1] ?? "").split(/[/,\s]+/).filter((part) => part !== "");
  const said = rest.replace(LEADING_VERB, "");
  return { scope, said: conventional === null && prefix !== null ? `${prefix[1] ?? ""} ${said}` : said };
}

/** `fix(scope)!: `, as conventionalcommits.org has it. */
const CONVENTIONAL =
  /^(?:feat|fix|docs|chore|refactor|perf|test|tests|build|ci|style|revert|types)(?:\(([^()]{1,60})\))?!?:\s+(?=\S)/i;
/** `net/http: `, as Go, Linux and others have it; code such as `a::b` and `key:value` has no space there. */
const PREFIX = /^([a-z][\w./-]*(?:,\s?[\w./-]+)*):\s+(?=\S)/i;
const LEADING_VERB =
  /^(?:(?:fix|support|prevent|avoid|ensure|enable|implement|allow|improve|make|remove|update|change|introduce)s?|fixed|add(?:s|ed|ing)?|removed|updated|supported|improved|refactor(?:s|ed|ing)?)\s+(?=\S+\s+\S)/i;
