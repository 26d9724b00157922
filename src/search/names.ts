import type { ChunkHead } from "../store/index-store.ts";
import { partsOf, stemOf, wholeOf } from "../terms.ts";
import { rootOf } from "./word-root.ts";
import { type PathRole, roleOf, roleOfChunk, speakingStem } from "./path-role.ts";

/** A name as ranking compares it. */
export interface Name {
  /** As `wholeOf` gives it. */
  readonly whole: string;
  /** The stems of its parts, each once. */
  readonly stems: readonly string[];
  /** The root of each of them. */
  readonly roots: readonly string[];
}

/** What a path tells by itself, whatever is asked. */
export interface PathFacts {
  readonly role: PathRole;
  /** The name that tells what the file is about. */
  readonly stem: Name;
  readonly folders: readonly Name[];
}

/** What a chunk tells by itself, whatever is asked. */
export interface ChunkFacts {
  readonly path: PathFacts;
  /** The names that it defines. */
  readonly defined: readonly Name[];
  readonly role: PathRole;
}

/** Takes names and paths apart; a project has the same ones over and over, so what was taken apart is kept. */
export interface Names {
  readonly name: (text: string) => Name;
  readonly path: (path: string) => PathFacts;
  readonly chunk: (chunk: ChunkHead) => ChunkFacts;
}

/** Names kept, of some 200 bytes each: those of a middling project, and of a large one those asked for lately. */
const MOST_KEPT = 20_000;

/** `kept` bounds how many names, and how many paths, are remembered. */
export function createNames(kept = MOST_KEPT): Names {
  const name = remembering(kept, (text): Name => {
    const stems = [...new Set(partsOf(text).map(stemOf))];
    return { whole: wholeOf(text), stems, roots: stems.map(rootOf) };
  });
  const path = remembering(kept, (text) => ({
    role: roleOf(text),
    stem: name(speakingStem(text)),
    folders: text.split("/").slice(0, -1).map(name),
  }));
  const chunks = new WeakMap<ChunkHead, ChunkFacts>();
  return {
    name,
    path,
    chunk: (chunk) => {
      let facts = chunks.get(chunk);
      if (facts === undefined) chunks.set(chunk, (facts = factsOf(chunk, name, path)));
      return facts;
    },
  };
}

function factsOf(chunk: ChunkHead, nameOf: Names["name"], pathOf: Names["path"]): ChunkFacts {
  const path = pathOf(chunk.path);
  const defined = chunk.defines.map(nameOf);
  const own = chunk.symbol === null ? "" : ownName(chunk.symbol);
  if (own !== "") defined.push(nameOf(own));
  return { path, defined, role: roleOfChunk(chunk, path.role) };
}

/** The last part of a symbol path, which is the name of what it leads to; empty where there is none. */
export function ownName(symbol: string): string {
  return symbol.slice(Math.max(symbol.lastIndexOf("."), symbol.lastIndexOf(":"), symbol.lastIndexOf("#")) + 1);
}

/** Calls `read` once per text, until so many were asked for that all are forgotten. */
function remembering<Facts>(kept: number, read: (text: string) => Facts): (text: string) => Facts {
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
