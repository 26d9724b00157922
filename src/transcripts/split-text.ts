/** How large a chunk may be, in tokens of the embedder; `measure` never says less than the embedder's tokenizer would. */
export interface TextLimit {
  readonly maxTokens: number;
  readonly measure: (text: string) => number;
}

/**
 * Cuts a text into pieces of at most `maxTokens`, at the end of a paragraph, line, sentence or word where there is one.
 * The pieces joined are the text: nothing is lost. A single character may exceed an absurdly small limit.
 */
export function splitText(text: string, { maxTokens, measure }: TextLimit): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > 0) {
    const length = fittingLength(rest, maxTokens, measure);
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return pieces;
}

/** Length of the longest well-ended beginning of `text` that fits. */
function fittingLength(text: string, maxTokens: number, measure: (text: string) => number): number {
  const window = text.slice(0, maxTokens * WINDOW_CHARS_PER_TOKEN);
  if (window.length === text.length && measure(text) <= maxTokens) return text.length;
  let fits = 1;
  let tooLong = window.length + 1;
  while (tooLong - fits > Math.max(1, fits >> PRECISION_SHIFT)) {
    const middle = (fits + tooLong) >> 1;
    if (measure(window.slice(0, middle)) <= maxTokens) fits = middle;
    else tooLong = middle;
  }
  return wellEnded(text, fits);
}

/** The best end at or before `length`, not giving up more than half of it. */
function wellEnded(text: string, length: number): number {
  if (length >= text.length) return text.length;
  const head = text.slice(0, length);
  for (const end of ENDS) {
    const at = head.lastIndexOf(end);
    if (at + end.length > length / 2) return at + end.length;
  }
  // Never between the halves of a character outside the basic plane.
  const isHighSurrogate = /[\uD800-\uDBFF]$/.test(head);
  if (!isHighSurrogate) return length;
  return length > 1 ? length - 1 : 2;
}

const ENDS = ["\n\n", "\n", ". ", "? ", "! ", "。", "; ", ", ", " "];
/** Prose has about four characters a token; beyond eight it cannot be worth measuring more at once. */
const WINDOW_CHARS_PER_TOKEN = 8;
/** The search ends when the bounds are within 1/64 of each other: ends are looked for anyway. */
const PRECISION_SHIFT = 6;
