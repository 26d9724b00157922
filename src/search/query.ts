import { UserError } from "../errors.ts";
import { partsOf, stemOf, wholeOf } from "../terms.ts";
import { MAX_QUERY_TERMS, MAX_QUERY_CHARACTERS } from "./constants.ts";
import { readSubject } from "./change-subject.ts";
import { isStopWord } from "./stop-words.ts";
import { rootOf } from "./word-root.ts";

/** What a query looks like; decides how much full text weighs against meaning, and whether names count. */
export type QueryKind = "symbol" | "path" | "words" | "mixed" | "code";

/** Something in the query that is written as code: an identifier, whole and in parts. */
export interface QueryIdentifier {
  readonly whole: string;
  readonly parts: readonly string[];
}

export interface QueryAnalysis {
  readonly kind: QueryKind;
  /** The query as it is embedded: one line, bounded. */
  readonly text: string;
  /** Quoted parts, without their quotes; of pasted code its lines. */
  readonly phrases: readonly string[];
  readonly identifiers: readonly QueryIdentifier[];
  /** Stems of all that is asked for, stop words left out unless nothing else is there; in order, each once. */
  readonly stems: readonly string[];
  /** The roots of the stems, each once. */
  readonly roots: readonly string[];
  /** Components of the path in the query, lower-cased; empty where there is none. */
  readonly pathParts: readonly string[];
  /** What the query says in front of a colon that it is about (`net/http: …`); empty where it does not. */
  readonly scope: readonly string[];
}

/** Reads a query as its writer meant it. Never throws: whatever is written is searched for. */
export function analyseQuery(query: string): QueryAnalysis {
  const written = query.slice(0, MAX_QUERY_CHARACTERS);
  const text = written.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
  const words = text.split(" ").filter((word) => WORD.test(word));
  // A word that stands alone is a name, however it is written.
  const identifiers = words.flatMap((word) => identifiersOf(word, words.length === 1));
  const pathParts = words.filter(isPath).flatMap((word) => pathPartsOf(word));
  const { scope, said } = readSubject(text);
  const tokens = tokensOf(said);
  const meant = tokens.filter((token) => !isStopWord(token.toLowerCase()));
  const kept = meant.length > 0 ? meant : tokens;
  const stems = distinct(kept.flatMap((token) => partsOf(token).map(stemOf))).slice(0, MAX_QUERY_TERMS);
  const kind = isCode(written) ? "code" : kindOf(words, identifiers, pathParts);
  const quoted = Array.from(text.matchAll(QUOTED), ([, phrase]) => phrase ?? "");
  return {
    kind,
    text,
    phrases: (kind === "code" ? codePhrases(written) : quoted).filter((phrase) => WORD.test(phrase)),
    identifiers,
    stems,
    roots: distinct(stems.map(rootOf)),
    pathParts: distinct(pathParts),
    scope,
  };
}

/** @throws UserError `request.query-empty` for a query of spaces and signs only, to which anything is as near as all else. */
export function assertHasWords({ text, stems }: QueryAnalysis, hint: string): void {
  if (stems.length > 0) return;
  const said = text === "" ? "The query is empty." : "The query has no words.";
  throw new UserError("request.query-empty", said, { hint });
}

function kindOf(words: readonly string[], identifiers: readonly QueryIdentifier[], path: readonly string[]): QueryKind {
  if (words.length === 1) return path.length > 0 ? "path" : "symbol";
  const plain = words.filter((word) => !isStopWord(word.toLowerCase())).length - identifiers.length;
  if (identifiers.length > 0 || path.length > 0) return plain > 0 ? "mixed" : "symbol";
  return "words";
}

/** The identifiers in one word of the query, `app.render()` giving two; a capital at the start alone is just English. */
function identifiersOf(word: string, alone: boolean): QueryIdentifier[] {
  if (isPath(word)) return [];
  const written = alone || /[_(]|::|->|\p{Ll}\p{Lu}|\p{L}\.\p{L}|\p{Lu}{2}\p{Ll}/u.test(word);
  if (!written) return [];
  return tokensOf(word).map((name) => ({ whole: wholeOf(name), parts: partsOf(name).map(stemOf) }));
}

function tokensOf(text: string): string[] {
  return Array.from(text.matchAll(IDENTIFIER), ([token]) => token);
}

/** `src/a.ts`, `./lib`, `router.go`; `and/or` is no path, `a.b` is a member. */
function isPath(word: string): boolean {
  const bare = word.replace(/^[("'`]+|[)"'`,.:;?!]+$/g, "");
  if (/^(?:[\w@.+-]+\/){2,}[\w@.+*-]*$/.test(bare) || /^\.{0,2}\/[\w@.+-]/.test(bare)) return true;
  return /^(?:[\w@.+-]+\/)*[\w@+-][\w@.+-]*\.[a-z][a-z\d]{0,4}$/i.test(bare) && FILE_EXTENSION.test(bare);
}

function pathPartsOf(word: string): string[] {
  return word
    .toLowerCase()
    .split(/[/\\]/)
    .flatMap((part) => part.match(/[\p{L}\p{N}_@+-][\p{L}\p{N}_@.+-]*/gu) ?? []);
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

/** Whether a query was pasted out of code: it has the signs of statements, and enough words to be told by. */
function isCode(query: string): boolean {
  return tokensOf(query).length >= LEAST_CODE && STATEMENT.test(query);
}

/** The first lines of pasted code that are long enough to be told by. */
function codePhrases(query: string): string[] {
  const lines = query.split("\n").flatMap((line) => {
    const tokens = tokensOf(line);
    return tokens.length < LEAST_CODE ? [] : [tokens.slice(0, CODE_PHRASE).join(" ")];
  });
  return distinct(lines).slice(0, CODE_PHRASES);
}

/** Fewer words are a name or a call, such as `app.get("/", handler)`. */
const LEAST_CODE = 4;
/** Words of a line that are compared, and lines: each costs a look at what holds all of its words. */
const CODE_PHRASE = 8;
const CODE_PHRASES = 4;
/** A line that ends as statements and blocks do, an assignment, an arrow or a comparison. */
const STATEMENT =
  /[;{}]\s*$|\)\s*:\s*$|\s(?:=|:=|\+=|=>|->|==|===|!=|!==|&&|\|\|)\s|^\s*(?:const|let|var|func|def|fn|pub|#include)\s.*[(=<{"]/m;
const IDENTIFIER = /[\p{L}\p{M}\p{N}_]+/gu;
const WORD = /[\p{L}\p{N}]/u;
const QUOTED = /"([^"]{2,200})"/g;
/** Endings that make `name.end` a file rather than a member access, as which `c.JSON` and `view.HTML` are meant. */
const FILE_EXTENSION =
  /\.(?:[cm]?[jt]sx?|py|go|rs|java|kts?|scala|c|cc|cpp|cxx|h|hh|hpp|cs|rb|php|swift|dart|lua|sh|exs?|hs|zig|sql|html?|s?css|vue|svelte|json|ya?ml|toml|md|txt|ini|cfg|proto)$/;
