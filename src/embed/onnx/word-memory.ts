import { field } from "../../json-fields.ts";

/** Turns a text into token ids, without the special tokens around it. */
export type Encode = (text: string) => number[];

/** Words remembered before those that did not come since as many are forgotten; with these, a megabyte. */
const MOST_WORDS = 5_000;
/** Longer ones hardly come twice. */
const LONGEST_WORD = 32;
/** What BERT's pre-tokenizer cuts ASCII text into: runs of anything but blanks and punctuation, and single signs. */
const WORDS = /[^ \t\n\r!-/:-@[-`{-~]+|[!-/:-@[-`{-~]/g;
const BLANKS = /[ \t\n\r]+/;
// oxlint-disable-next-line no-control-regex -- ASCII is what is meant, control characters included.
const ASCII = /^[\0-\x7F]*$/;

/**
 * The same encoding, with the ids of words remembered: in code the same words come again and again, and a library that
 * normalises and splits every one anew takes several times as long. Only for tokenizers that treat each word by itself,
 * as BERT's do; null for any other.
 */
export function rememberWords(tokenizer: unknown, encode: Encode): Encode | null {
  if (!treatsWordsAlone(tokenizer)) return null;
  const wholes = contentsOf(tokenizer);
  let recent = new Map<string, readonly number[]>();
  let former = recent;
  const idsOf = (word: string): readonly number[] => {
    if (word.length > LONGEST_WORD) return encode(word);
    const remembered = recent.get(word);
    if (remembered !== undefined) return remembered;
    // A copy has no room for more, which a list that was grown keeps.
    const ids = former.get(word) ?? encode(word).slice();
    if (recent.size >= MOST_WORDS) [former, recent] = [recent, new Map()];
    // Copied by way of text: a slice would keep the whole text it was cut from.
    recent.set(Buffer.from(word, "latin1").toString("latin1"), ids);
    return ids;
  };
  return (text) => {
    // Special tokens written out in a text span several words.
    if (wholes.some((whole) => text.includes(whole))) return encode(text);
    const ids: number[] = [];
    for (const part of text.split(BLANKS)) {
      // Beyond ASCII, letters change with their neighbours across punctuation; blanks are what keeps them apart.
      if (!ASCII.test(part)) append(ids, encode(part));
      else for (const [word] of part.matchAll(WORDS)) append(ids, idsOf(word));
    }
    return ids;
  };
}

function append(ids: number[], more: readonly number[]): void {
  for (const id of more) ids.push(id);
}

function treatsWordsAlone(tokenizer: unknown): boolean {
  const typeOf = (part: string) => field(field(tokenizer, part), "type");
  return (
    typeOf("model") === "WordPiece" &&
    typeOf("normalizer") === "BertNormalizer" &&
    typeOf("pre_tokenizer") === "BertPreTokenizer"
  );
}

/** The texts of special and added tokens. */
function contentsOf(tokenizer: unknown): string[] {
  const added = field(tokenizer, "added_tokens");
  const contents = Array.isArray(added) ? added.map((token: unknown) => field(token, "content")) : [];
  return contents.filter((content): content is string => typeof content === "string" && content !== "");
}
