import type { ChunkHead } from "../store/index-store.ts";
import { partsOf, stemOf, wholeOf } from "../terms.ts";
import type { Name } from "./name.ts";
import { rootOf } from "./word-root.ts";
import { type PathRole, roleOf, roleOfChunk, speakingStem } from "./path-role.ts";
import { type SaidWords, Sieve, markOf, sieveOfName, sieveOfNames } from "./sieve.ts";

/** What a path tells by itself, whatever is asked. */
export interface PathFacts {
  readonly role: PathRole;
  /** Of all its names. */
  readonly sieve: Sieve;
  /** The name that tells what the file is about. */
  readonly stem: Name;
  readonly folders: readonly Name[];
}

/** What a chunk tells by itself, whatever is asked. */
export class ChunkFacts {
  readonly path: PathFacts;
  readonly role: PathRole;
  readonly #chunk: ChunkHead;
  readonly #names: Names;
  #sieve: Sieve | null = null;
  #defined: readonly Name[] | null = null;

  constructor(chunk: ChunkHead, names: Names) {
    this.path = names.path(chunk.path);
    this.role = roleOfChunk(chunk, this.path.role);
    this.#chunk = chunk;
    this.#names = names;
  }

  /** The names that the chunk defines; none where none of them can have a word in common with what is `said`. */
  defined(said: SaidWords): readonly Name[] {
    this.#sieve ??= this.#names.sieveOf(definedBy(this.#chunk));
    if (!this.#sieve.meets(said)) return NO_NAMES;
    return (this.#defined ??= definedBy(this.#chunk).map(this.#names.name));
  }
}

const NO_NAMES: readonly Name[] = [];

/** Takes names and paths apart; a project has the same ones over and over, so what was taken apart is kept. */
export interface Names {
  readonly name: (text: string) => Name;
  readonly path: (path: string) => PathFacts;
  /** Kept with the chunk's head, as long as the store keeps that. */
  readonly chunk: (chunk: ChunkHead) => ChunkFacts;
  /** As `sieveOfNames` of the names, without taking in those that are seldom wanted as such. */
  readonly sieveOf: (texts: readonly string[]) => Sieve;
}

/** Names kept, of some 200 bytes each: those of a middling project, and of a large one those asked for lately. */
const MOST_KEPT = 20_000;

/** `kept` bounds how many names, and how many paths, are remembered. */
export function createNames(kept = MOST_KEPT): Names {
  const name = remembering(kept, (text): Name => {
    const stems = [...new Set(partsOf(text).map(stemOf))];
    const whole = wholeOf(text);
    const roots = stems.map(rootOf);
    return { whole, stems, roots, sieve: sieveOfName(whole, roots) };
  });
  const path = remembering(kept, (text) => {
    const stem = name(speakingStem(text));
    const folders = text.split("/").slice(0, -1).map(name);
    return { role: roleOf(text), stem, folders, sieve: sieveOfNames([stem, ...folders]) };
  });
  const markOfPart = remembering(kept, (part) => markOf(rootOf(stemOf(part))));
  const names: Names = {
    name,
    path,
    chunk: (chunk) => {
      if (chunk.derived instanceof ChunkFacts) return chunk.derived;
      const facts = new ChunkFacts(chunk, names);
      chunk.derived = facts;
      return facts;
    },
    sieveOf: (texts) => {
      const sieve = new Sieve();
      for (const text of texts) {
        sieve.add(wholeOf(text));
        for (const part of partsOf(text)) sieve.addMark(markOfPart(part));
      }
      return sieve;
    },
  };
  return names;
}

function definedBy({ defines, symbol }: ChunkHead): readonly string[] {
  const own = symbol === null ? "" : ownName(symbol);
  return own === "" ? defines : [...defines, own];
}

/** The last part of a symbol path, which is the name of what it leads to; empty where there is none. */
export function ownName(symbol: string): string {
  return symbol.slice(Math.max(symbol.lastIndexOf("."), symbol.lastIndexOf(":"), symbol.lastIndexOf("#")) + 1);
}

/** Calls `read` once per text, until so many were asked for that all are forgotten. */
function remembering<Facts extends NonNullable<unknown>>(
  kept: number,
  read: (text: string) => Facts,
): (text: string) => Facts {
  const known = new Map<string, Facts>();
  return (text) => {
    const facts = known.get(text);
    if (facts !== undefined) return facts;
    if (known.size >= kept) known.clear();
    const fresh = read(text);
    known.set(text, fresh);
    return fresh;
  };
}
