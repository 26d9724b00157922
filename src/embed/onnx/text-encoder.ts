import { Tokenizer } from "@huggingface/tokenizers";
import { rememberWords } from "./word-memory.ts";

/** Turns texts into the token ids of one model. */
export interface TextEncoder {
  /** Token ids of a text without the special tokens around it. */
  encode(text: string): number[];
  /** Ids put before and after every window, such as those of `[CLS]` and `[SEP]`. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** An encoder from the content of a `tokenizer.json`. */
export function createTextEncoder(tokenizerJson: unknown): TextEncoder {
  if (typeof tokenizerJson !== "object" || tokenizerJson === null) throw new Error("tokenizer.json holds no object");
  // Published files may ask for truncation and padding to lengths of their own; both are decided here.
  const tokenizer = new Tokenizer({ ...tokenizerJson, truncation: null, padding: null }, {});
  const plain = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const encode = rememberWords(tokenizerJson, plain) ?? plain;
  const bare = encode("a");
  const whole: number[] = tokenizer.encode("a").ids;
  const start = whole.findIndex(
    (id, at) => id === bare[0] && bare.every((each, offset) => whole[at + offset] === each),
  );
  return { encode, before: whole.slice(0, Math.max(0, start)), after: whole.slice(Math.max(0, start) + bare.length) };
}

/** Characters that are encoded in one go: some ten milliseconds. */
const PIECE = 16_000;

/**
 * Cuts a long text into pieces that give together the tokens of the whole, so that others get a turn in between. The
 * cuts are before single spaces between words, where no tokenizer joins; in 16,000 characters without one, anywhere.
 */
export function* piecesOf(text: string, size: number = PIECE): Generator<string> {
  let start = 0;
  while (text.length - start > size) {
    let end = start + size;
    const space = lastSpace(text, start + 1, end);
    if (space !== null) end = space;
    // Both halves of a character stay together.
    else if (/[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}

/** The last single space with a word on either side. */
function lastSpace(text: string, from: number, to: number): number | null {
  for (let at = to; at > from; at -= 1) {
    if (text[at] === " " && /\S/.test(text.charAt(at - 1)) && /\S/.test(text.charAt(at + 1))) return at;
  }
  return null;
}

/**
 * Cuts ids into as few windows of at most `size` ids as hold them all, of even length: a short last window would weigh
 * a handful of words as much as it says. An empty list is one empty window.
 */
export function windowsOf(ids: readonly number[], size: number): number[][] {
  const count = Math.max(1, Math.ceil(ids.length / size));
  return Array.from({ length: count }, (_, index) =>
    ids.slice(Math.round((index * ids.length) / count), Math.round(((index + 1) * ids.length) / count)),
  );
}
