/** A text as lines split at `\n`; rows count from 0. A `\r` before the `\n` belongs to the border, not to the line. */
export interface SourceLines {
  readonly text: string;
  readonly count: number;
  /** Whether a row holds nothing but white space. */
  isBlank(row: number): boolean;
  /** Upper bound of the tokens in rows `first`..`last`, both inclusive. */
  cost(first: number, last: number): number;
  /** One line without its border. */
  line(row: number): string;
  /** Rows `first`..`last`, joined with `\n`. */
  slice(first: number, last: number): string;
  /** The length of the longest line, in UTF-16 units. */
  readonly longest: number;
}

/** Splits `text` into lines and weighs each with `measure`. A text that ends with `\n` has no empty last line. */
export function splitLines(text: string, measure: (line: string) => number): SourceLines {
  const starts: number[] = [];
  for (let start = 0; start < text.length;) {
    starts.push(start);
    const border = text.indexOf("\n", start);
    start = border === -1 ? text.length : border + 1;
  }
  const count = starts.length;
  starts.push(text.length);
  const at = (row: number) => starts[Math.min(row, count)] ?? text.length;
  const crlf = text.includes("\r\n");
  const endOf = (row: number) => {
    let end = at(row + 1);
    if (text.charCodeAt(end - 1) === NEWLINE) end -= 1;
    return crlf && end > at(row) && text.charCodeAt(end) === NEWLINE && text.charCodeAt(end - 1) === RETURN
      ? end - 1
      : end;
  };

  const sums = new Float64Array(count + 1);
  let longest = 0;
  for (let row = 0; row < count; row += 1) {
    const line = text.slice(at(row), at(row + 1));
    sums[row + 1] = (sums[row] ?? 0) + measure(line);
    longest = Math.max(longest, line.length);
  }

  const line = (row: number) => text.slice(at(row), endOf(row));
  return {
    text,
    count,
    longest,
    line,
    isBlank: (row) => isBlankBetween(text, at(row), at(row + 1)),
    cost: (first, last) => (sums[last + 1] ?? 0) - (sums[first] ?? 0),
    slice: (first, last) => {
      const raw = text.slice(at(first), endOf(last));
      return crlf ? raw.replaceAll("\r\n", "\n") : raw;
    },
  };
}

const NEWLINE = 10;
const RETURN = 13;

/** Blank as `String.prototype.trim` sees it, without making a string of each indentation. */
function isBlankBetween(text: string, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 32 || (unit >= 9 && unit <= 13)) continue;
    return unit >= 0xa0 && text.slice(index, end).trim() === "";
  }
  return true;
}
