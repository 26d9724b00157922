import { Tokenizer } from "@huggingface/tokenizers";

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
  const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const bare = encode("a");
  const whole: number[] = tokenizer.encode("a").ids;
  const start = whole.findIndex(
    (id, at) => id === bare[0] && bare.every((each, offset) => whole[at + offset] === each),
  );
  return { encode, before: whole.slice(0, Math.max(0, start)), after: whole.slice(Math.max(0, start) + bare.length) };
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
