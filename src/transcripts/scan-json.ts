/**
 * Finds values inside a JSON text without parsing it, so that a line of megabytes costs little more than finding its
 * quotes. Positions are byte offsets; `MALFORMED` says that the text ends early or is no JSON. What is skipped is not
 * validated beyond its brackets and quotes.
 */
export const MALFORMED = -1;

/** Where a value lies, first byte and the byte after the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Calls `visit` for each member of the object that starts at or after `at`; a `visit` that returns false ends the walk.
 * Returns the offset after the object, the offset reached when the walk was ended, or `MALFORMED`.
 */
export function eachMember(bytes: Buffer, at: number, visit: (key: string, value: Span) => boolean): number {
  let i = skipSpace(bytes, at);
  if (bytes[i] !== OPEN_BRACE) return MALFORMED;
  i = skipSpace(bytes, i + 1);
  if (bytes[i] === CLOSE_BRACE) return i + 1;
  for (;;) {
    if (bytes[i] !== QUOTE) return MALFORMED;
    const keyEnd = skipString(bytes, i);
    if (keyEnd === MALFORMED) return MALFORMED;
    const key = bytes.toString("latin1", i + 1, keyEnd - 1);
    i = skipSpace(bytes, keyEnd);
    if (bytes[i] !== COLON) return MALFORMED;
    const start = skipSpace(bytes, i + 1);
    const end = skipValue(bytes, start);
    if (end === MALFORMED) return MALFORMED;
    if (!visit(key, { start, end })) return end;
    i = skipSpace(bytes, end);
    if (bytes[i] === CLOSE_BRACE) return i + 1;
    if (bytes[i] !== COMMA) return MALFORMED;
    i = skipSpace(bytes, i + 1);
  }
}

/** Calls `visit` for each element of the array at `span`; false when `span` holds no array. */
export function eachElement(bytes: Buffer, span: Span, visit: (value: Span) => void): boolean {
  if (bytes[span.start] !== OPEN_BRACKET) return false;
  let i = skipSpace(bytes, span.start + 1);
  while (i < span.end && bytes[i] !== CLOSE_BRACKET) {
    const end = skipValue(bytes, i);
    if (end === MALFORMED) return false;
    visit({ start: i, end });
    i = skipSpace(bytes, end);
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
  return true;
}

/** The string at `span`; null when another kind of value lies there or its escapes are broken. */
export function stringAt(bytes: Buffer, span: Span | undefined): string | null {
  if (span === undefined || bytes[span.start] !== QUOTE) return null;
  const raw = bytes.toString("utf8", span.start + 1, span.end - 1);
  if (!raw.includes("\\") && !CONTROL.test(raw)) return raw;
  try {
    const value: unknown = JSON.parse(`"${raw.replaceAll(CONTROL_ALL, " ")}"`);
    return typeof value === "string" ? value : null;
  } catch {
    return raw;
  }
}

/** Whether the value at `span` is `true`. */
export function isTrueAt(bytes: Buffer, span: Span | undefined): boolean {
  return span !== undefined && bytes[span.start] === LETTER_T;
}

/** Whether the value at `span` is an object. */
export function isObjectAt(bytes: Buffer, span: Span | undefined): span is Span {
  return span !== undefined && bytes[span.start] === OPEN_BRACE;
}

/** The members of the object at `span` whose names are in `wanted`; empty when there is no object. */
export function membersAt(
  bytes: Buffer,
  span: Span | undefined,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, Span> {
  const members = new Map<string, Span>();
  if (!isObjectAt(bytes, span)) return members;
  eachMember(bytes, span.start, (key, value) => {
    if (wanted.has(key)) members.set(key, value);
    return true;
  });
  return members;
}

function skipValue(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return skipString(bytes, at);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(bytes, at);
  let i = at;
  while (i < bytes.length && !endsScalar(bytes[i])) i += 1;
  return i === at ? MALFORMED : i;
}

/** Counts brackets rather than recursing: a line may nest deeper than the stack. */
function skipNested(bytes: Buffer, at: number): number {
  let depth = 0;
  for (let i = at; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      const end = skipString(bytes, i);
      if (end === MALFORMED) return MALFORMED;
      i = end - 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return MALFORMED;
}

/** The offset after the string whose opening quote is at `at`. */
function skipString(bytes: Buffer, at: number): number {
  for (let i = bytes.indexOf(QUOTE, at + 1); i !== -1; i = bytes.indexOf(QUOTE, i + 1)) {
    let escapes = 0;
    while (bytes[i - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return i + 1;
  }
  return MALFORMED;
}

function skipSpace(bytes: Buffer, at: number): number {
  let i = at;
  while (isSpace(bytes[i])) i += 1;
  return i;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LETTER_T = 0x74;
// oxlint-disable-next-line no-control-regex -- control characters are what a torn write leaves inside a string
const CONTROL = /[\u0000-\u001f]/;
// oxlint-disable-next-line no-control-regex -- as above
const CONTROL_ALL = /[\u0000-\u001f]/g;
