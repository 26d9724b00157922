/**
 * Splits text into the terms that full text is indexed and queried by: each identifier whole and lower-cased, followed
 * by its parts where it has several (`parseHTTPResponse` -> `parsehttpresponse parse http response`). Plain words and
 * parts are reduced to their stem, so that `routes` meets `route`; scripts written without spaces give pairs of
 * characters. Both sides must use this function: what is not split alike is not found.
 */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  const isAscii = ASCII.test(text);
  const source = isAscii ? text : text.normalize("NFKC");
  for (const identifier of source.match(isAscii ? ASCII_IDENTIFIER : IDENTIFIER) ?? []) {
    for (const term of termsOfIdentifier(identifier)) terms.push(term);
  }
  return terms;
}

function termsOfIdentifier(identifier: string): readonly string[] {
  // A sentence of a script without spaces is as long and says something.
  if (identifier.length > LONGEST_IDENTIFIER && !HAS_UNSPACED.test(identifier)) return [];
  if (LOWER_WORD.test(identifier)) return [stemOf(identifier)];
  const parts = partsOf(identifier);
  const stems = parts.map(stemOf);
  return parts.length > 1 ? [wholeOf(identifier), ...stems] : stems;
}

/**
 * The parts of one identifier, split at case changes, digits' borders with upper case, and underscores; lower-cased. The
 * lower-case letter before an acronym belongs to it (`gRPC`, `createTRPC` -> `create trpc`).
 */
export function partsOf(identifier: string): string[] {
  if (ASCII.test(identifier)) return identifier.match(ASCII_PART)?.map((part) => part.toLowerCase()) ?? [];
  const parts: string[] = [];
  for (const [part] of identifier.matchAll(PART)) {
    if (UNSPACED.test(part)) parts.push(...pairsOf(part));
    else parts.push(part.toLowerCase());
  }
  return parts;
}

/** An identifier as one term, whatever its spelling: `render_template`, `renderTemplate` -> `rendertemplate`. */
export function wholeOf(identifier: string): string {
  return identifier.replaceAll("_", "").toLowerCase();
}

/**
 * The stem of a lower-case English word: plural, `-ing`, `-ed` and a final `e` go (`routes`, `routing`, `routed` ->
 * `rout`). Deliberately weaker than Porter's: `generic` and `general` stay apart, as identifiers must.
 */
export function stemOf(word: string): string {
  if (word.length < 4 || !LOWER_WORD.test(word)) return word;
  // Twice, so that `embedding` -> `embed` ends where `embed` itself does.
  return withoutFinalE(withoutSuffix(withoutSuffix(withoutPlural(word))));
}

function withoutPlural(word: string): string {
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|zz)es$/.test(word)) return word.slice(0, -2);
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}

function withoutSuffix(word: string): string {
  const cut = word.endsWith("ing") ? 3 : word.endsWith("ed") ? 2 : 0;
  if (cut === 0) return word;
  const stem = word.slice(0, -cut);
  // `string`, `bed`, `red`: what is left must be a word itself, so it needs three letters and a vowel.
  if (stem.length < 3 || !/[aeiouy]/.test(stem)) return word;
  if (/([bdfgmnprt])\1$/.test(stem)) return stem.slice(0, -1);
  return stem;
}

function withoutFinalE(word: string): string {
  return word.length > 3 && word.endsWith("e") ? word.slice(0, -1) : word;
}

/** `数据库` -> `数据 据库`: pairs are what a reader of such a script searches by when no dictionary is at hand. */
function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index] ?? ""}${character}`);
}

/** Longer runs are encoded data (base64, hashes of assets), which nobody searches and which would bloat the index. */
const LONGEST_IDENTIFIER = 80;
const ASCII = /^[ -~\s]*$/;
const LOWER_WORD = /^[a-z]+$/;
const ASCII_IDENTIFIER = /\w+/g;
const IDENTIFIER = /[\p{L}\p{M}\p{N}_]+/gu;
const HAS_UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]/u;
const UNSPACED = /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]/u;
/** `PART` for ASCII, ten times as fast. */
const ASCII_PART =
  /(?<![A-Za-z\d])[a-z][A-Z]{2,}(?![a-z])[0-9]*|[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+|[A-Z]/g;
const PART =
  /(?<![\p{L}\p{N}])\p{Ll}\p{Lu}{2,}(?!\p{Ll})\p{N}*|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]+|\p{Lu}+(?![\p{Ll}])\p{N}*|\p{Lu}?(?:(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}])[\p{Ll}\p{Lm}\p{Lo}\p{M}])+\p{N}*|\p{N}+|\p{Lu}/gu;
