import { termsOf } from "../../terms.ts";
import { IntList } from "./int-list.ts";
import { FIELD_WEIGHTS } from "./lexical-weights.ts";

/** A chunk as full text sees it. */
export interface LexicalDocument {
  readonly id: number;
  readonly path: string;
  readonly symbol: string | null;
  readonly defines: readonly string[];
  readonly body: string;
}

/** Told of each distinct term of a document: its number, its count weighted by field, and how many terms the body has. */
export type TermVisitor = (term: number, weight: number, length: number) => void;

/**
 * Counts the terms of documents as `termsOf` gives them. Terms are numbered as they turn up, and identifiers that were
 * met before are recognised where they stand in the text, without making a string of them: a project uses the same ones
 * over and over, and everything that is indexed passes through here.
 */
export class TermCounter {
  readonly #numbers = new Map<string, number>();
  readonly #terms: string[] = [];
  readonly #names: string[] = [];
  readonly #hashes = new IntList();
  /** Where each name's terms begin in `#split`; they end where the next one's begin. */
  readonly #starts = new IntList();
  readonly #split = new IntList(256);
  /** Names by hash, counted from 1; 0 where there is none. The length is a power of two, at least twice the names. */
  #slots = new Int32Array(512);
  /** So that nobody can write code whose identifiers all fall into one slot. */
  readonly #seed = Math.floor(Math.random() * 2 ** 31);
  #weights = new Float64Array(256);
  readonly #touched = new IntList();

  constructor() {
    this.#starts.push(0);
  }

  /** How many different terms there were so far. */
  get size(): number {
    return this.#terms.length;
  }

  /** How many different identifiers are remembered, which is what its memory depends on. */
  get names(): number {
    return this.#names.length;
  }

  /** The term of a number below `size`. */
  term(number: number): string {
    return this.#terms[number] ?? "";
  }

  /** Visits the terms of one document in no particular order. */
  count(document: LexicalDocument, visit: TermVisitor): void {
    const length = this.#add(document.body, FIELD_WEIGHTS.body);
    this.#add(document.path, FIELD_WEIGHTS.path);
    for (const name of new Set([...document.defines, document.symbol ?? ""])) this.#add(name, FIELD_WEIGHTS.symbol);
    for (let index = 0; index < this.#touched.length; index++) {
      const term = this.#touched.at(index);
      visit(term, this.#weights[term] ?? 0, length);
      this.#weights[term] = 0;
    }
    this.#touched.clear();
  }

  /** Adds a field's terms; returns how many there are. */
  #add(text: string, weight: number): number {
    if (NOT_ASCII.test(text)) {
      const terms = termsOf(text);
      for (const term of terms) this.#touch(this.#numbers.get(term) ?? this.#number(copyOf(term)), weight);
      return terms.length;
    }
    let total = 0;
    for (let at = 0; at < text.length; at++) {
      if (WORD[text.charCodeAt(at)] === 0) continue;
      const start = at;
      let hash = this.#seed;
      for (let code = text.charCodeAt(at); WORD[code] === 1; code = text.charCodeAt(++at)) {
        hash = Math.imul(hash ^ code, 16_777_619);
      }
      const name = this.#nameAt(text, start, at, hash);
      const end = this.#starts.at(name + 1);
      for (let index = this.#starts.at(name); index < end; index++, total++) this.#touch(this.#split.at(index), weight);
    }
    return total;
  }

  #touch(term: number, weight: number): void {
    const before = this.#weights[term] ?? 0;
    if (before === 0) this.#touched.push(term);
    this.#weights[term] = before + weight;
  }

  /** The number of the identifier that stands there. */
  #nameAt(text: string, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    // The low bits of a product depend on the low bits of its factors alone.
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const name = (this.#slots[slot] ?? 0) - 1;
      if (name < 0) return this.#remember(text.slice(start, end), hash, slot);
      if (this.#hashes.at(name) === hash && standsAt(this.#names[name] ?? "", text, start, end)) return name;
    }
  }

  #remember(slice: string, hash: number, slot: number): number {
    const name = copyOf(slice);
    const number = this.#names.push(name) - 1;
    this.#hashes.push(hash);
    this.#slots[slot] = number + 1;
    for (const term of termsOf(name)) this.#split.push(this.#numbers.get(term) ?? this.#number(term));
    this.#starts.push(this.#split.length);
    if (2 * this.#names.length > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let name = 0; name < this.#names.length; name++) {
      const hash = this.#hashes.at(name);
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = name + 1;
    }
  }

  /** Numbers a term that is new. */
  #number(term: string): number {
    const number = this.#terms.push(term) - 1;
    this.#numbers.set(term, number);
    if (number >= this.#weights.length) {
      const larger = new Float64Array(2 * this.#weights.length);
      larger.set(this.#weights);
      this.#weights = larger;
    }
    return number;
  }
}

/** A string of its own: a slice of a text, which longer ones are, keeps the whole text in memory. */
function copyOf(slice: string): string {
  return slice.length < SHORTEST_SLICE ? slice : Buffer.from(slice).toString();
}

/** V8 copies what is shorter. */
const SHORTEST_SLICE = 13;

function standsAt(name: string, text: string, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) {
    if (name.charCodeAt(index) !== text.charCodeAt(start + index)) return false;
  }
  return true;
}

// eslint-disable-next-line no-control-regex
const NOT_ASCII = /[^\0-\x7f]/;

/** 1 for the characters of an ASCII identifier. */
const WORD = Uint8Array.from({ length: 128 }, (_, code) => (/\w/.test(String.fromCharCode(code)) ? 1 : 0));
