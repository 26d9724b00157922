/**
 * One pattern in git's wildcard language, compiled. Matching never backtracks more than one star deep, so a hostile
 * pattern in a checked-out file cannot stall the event loop as a regular expression could.
 */
export interface Wildmatch {
  /** Compares a path (`/` separated, no leading slash), or a base name when compiled for those. */
  matches(path: string): boolean;
  /** The pattern's last segment, for looking candidates up by base name. */
  readonly last: Segment;
  /** The leading segments that hold no wildcard. */
  readonly literalHead: readonly string[];
}

/** A segment in its cheapest comparable form. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "affix"; readonly prefix: string; readonly suffix: string }
  | { readonly kind: "tokens"; readonly tokens: readonly Token[] }
  | { readonly kind: "globstar" };

/** A byte value, a wildcard, or a set of bytes. */
type Token = number | "star" | "any" | ReadonlySet<number>;

/**
 * Compiles a pattern with git's rules (`*`, `?`, `[...]`, `\x`, and `**` where it is a whole segment). Like git it
 * compares bytes: `?` stands for one byte of UTF-8. `wholePath` says that paths will be compared, not base names only.
 * Null when the pattern can never match, such as `[` unclosed.
 */
export function compileWildmatch(pattern: string, wholePath: boolean): Wildmatch | null {
  return (wholePath ? compileGlued(pattern) : null) ?? compileSegments(pattern, wholePath);
}

/**
 * Git compares what precedes the first wildcard separately, so `**` counts as whole right behind it too: `src/gen**`
 * takes everything whose path begins with `src/gen`. Null for a pattern of another form.
 */
function compileGlued(pattern: string): Wildmatch | null {
  const wild = pattern.search(/[*?[\\]/);
  const prefix = pattern.slice(0, Math.max(wild, 0));
  if (prefix === "" || prefix.endsWith("/") || !/^\*{2,}(?:\\?\/|$)/.test(pattern.slice(wild))) return null;
  const rest = compileSegments(pattern.slice(wild), true);
  if (rest === null) return null;
  return {
    matches: (path) => path.startsWith(prefix) && rest.matches(path.slice(prefix.length)),
    last: { kind: "globstar" },
    literalHead: prefix.split("/").slice(0, -1),
  };
}

function compileSegments(pattern: string, wholePath: boolean): Wildmatch | null {
  const tokenized = tokenize(toBytes(pattern));
  if (tokenized === null) return null;
  const segments = tokenized.map((tokens) => toSegment(tokens, wholePath));
  const last = segments.at(-1);
  if (last === undefined) return null;
  const firstWild = segments.findIndex((segment) => segment.kind !== "literal");
  const literalHead = segments
    .slice(0, firstWild === -1 ? segments.length : firstWild)
    .map((segment) => (segment.kind === "literal" ? segment.text : ""));
  if (firstWild === -1) {
    const literal = literalHead.join("/");
    return { matches: (path) => path === literal, last, literalHead };
  }
  if (!wholePath) return { matches: (path) => segmentMatches(last, path), last, literalHead };
  // What every match contains is looked for first: taking the path apart costs ten times as much.
  const literals = segments.map((segment) => (segment.kind === "literal" ? segment.text : ""));
  const needle = literals.reduce((longest, text) => (text.length > longest.length ? text : longest), "");
  const head = literalHead.length > 0 ? `${literalHead.join("/")}/` : "";
  return {
    matches: (path) => path.startsWith(head) && path.includes(needle) && segmentsMatch(segments, path.split("/")),
    last,
    literalHead,
  };
}

/** Whether a base name (or one directory name) fits a segment. */
export function segmentMatches(segment: Segment, name: string): boolean {
  switch (segment.kind) {
    case "literal":
      return name === segment.text;
    case "affix":
      return (
        name.length >= segment.prefix.length + segment.suffix.length &&
        name.startsWith(segment.prefix) &&
        name.endsWith(segment.suffix)
      );
    case "tokens":
      return tokensMatch(segment.tokens, toBytes(name));
    case "globstar":
      return true;
  }
}

/** Globstars between directories stand for any number of them; a last one for everything inside, so for at least one. */
function segmentsMatch(segments: readonly Segment[], parts: readonly string[]): boolean {
  let at = 0;
  let part = 0;
  let retryAt = -1;
  let retryPart = 0;
  while (part < parts.length) {
    const segment = segments[at];
    const name = parts[part] ?? "";
    if (segment?.kind === "globstar") {
      if (at === segments.length - 1) return true;
      retryAt = ++at;
      retryPart = part;
    } else if (segment !== undefined && segmentMatches(segment, name)) {
      at++;
      part++;
    } else if (retryAt >= 0) {
      at = retryAt;
      part = ++retryPart;
    } else return false;
  }
  return at === segments.length;
}

function tokensMatch(tokens: readonly Token[], bytes: string): boolean {
  let at = 0;
  let byte = 0;
  let retryAt = -1;
  let retryByte = 0;
  while (byte < bytes.length) {
    const token = tokens[at];
    if (token === "star") {
      retryAt = ++at;
      retryByte = byte;
    } else if (token !== undefined && tokenMatches(token, bytes.charCodeAt(byte))) {
      at++;
      byte++;
    } else if (retryAt >= 0) {
      at = retryAt;
      byte = ++retryByte;
    } else return false;
  }
  while (tokens[at] === "star") at++;
  return at === tokens.length;
}

function tokenMatches(token: Token, code: number): boolean {
  if (typeof token === "number") return token === code;
  return token === "any" || (typeof token === "object" && token.has(code));
}

function toSegment(tokens: readonly Token[], wholePath: boolean): Segment {
  const stars = tokens.filter((token) => token === "star").length;
  if (wholePath && stars >= 2 && stars === tokens.length) return { kind: "globstar" };
  const collapsed = tokens.filter((token, index) => token !== "star" || tokens[index - 1] !== "star");
  const star = collapsed.indexOf("star");
  if (collapsed.some((token, index) => typeof token !== "number" && index !== star)) {
    return { kind: "tokens", tokens: collapsed };
  }
  if (star === -1) return { kind: "literal", text: fromCodes(collapsed) };
  return { kind: "affix", prefix: fromCodes(collapsed.slice(0, star)), suffix: fromCodes(collapsed.slice(star + 1)) };
}

/** Tokens by segment; null when the pattern is one that git never matches. */
function tokenize(pattern: string): Token[][] | null {
  let current: Token[] = [];
  const segments = [current];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "/" || (char === "\\" && pattern[at + 1] === "/")) {
      if (char === "\\") at++;
      // Git lets `**` stand for no directory at all only before a slash that is not escaped.
      if (char === "\\" && current.length > 1 && current.every((token) => token === "star")) segments.push(["star"]);
      segments.push((current = []));
    } else if (char === "*") current.push("star");
    else if (char === "?") current.push("any");
    else if (char === "[") {
      const set = readSet(pattern, at);
      if (set === null) return null;
      current.push(set.bytes);
      at = set.end;
    } else if (char === "\\") {
      if (++at >= pattern.length) return null;
      current.push(pattern.charCodeAt(at));
    } else current.push(char.charCodeAt(0));
  }
  return segments;
}

/** Reads `[...]` that opens at `start`: its bytes (never a slash) and where it closes. */
function readSet(pattern: string, start: number): { bytes: Set<number>; end: number } | null {
  let at = start + 1;
  const negated = pattern[at] === "!" || pattern[at] === "^";
  if (negated) at++;
  const bytes = new Set<number>();
  for (let first = true; first || pattern[at] !== "]"; first = false, at++) {
    if (at >= pattern.length) return null;
    if (pattern.startsWith("[:", at)) {
      const close = pattern.indexOf("]", at + 2);
      if (close === -1) return null;
      if (pattern[close - 1] === ":" && close - 1 >= at + 2) {
        const test = CLASSES[pattern.slice(at + 2, close - 1)];
        if (test === undefined) return null;
        for (let code = 0; code < 128; code++) if (test.test(String.fromCharCode(code))) bytes.add(code);
        at = close;
        continue;
      }
    }
    if (pattern[at] === "\\") at++;
    const low = pattern.charCodeAt(at);
    if (Number.isNaN(low)) return null;
    let high = low;
    if (pattern[at + 1] === "-" && pattern[at + 2] !== "]" && at + 2 < pattern.length) {
      at += pattern[at + 2] === "\\" ? 3 : 2;
      high = pattern.charCodeAt(at);
      if (Number.isNaN(high)) return null;
    }
    for (let code = low; code <= high; code++) bytes.add(code);
  }
  const wanted = negated ? complement(bytes) : bytes;
  wanted.delete(SLASH);
  return { bytes: wanted, end: at };
}

function complement(bytes: ReadonlySet<number>): Set<number> {
  const others = new Set<number>();
  for (let code = 1; code < 256; code++) if (!bytes.has(code)) others.add(code);
  return others;
}

const SLASH = 47;
const NON_ASCII = /[^\0-\x7f]/;

/** UTF-8 bytes as a string of one character each; ASCII is that already. */
function toBytes(text: string): string {
  return NON_ASCII.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

function fromCodes(tokens: readonly Token[]): string {
  const codes = tokens.map((token) => (typeof token === "number" ? token : 0));
  return Buffer.from(codes).toString("utf8");
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /\p{Cc}/u,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};
