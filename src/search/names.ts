import { partsOf, stemOf, wholeOf } from "../terms.ts";
import { type PathRole, roleOf, speakingStem } from "./path-role.ts";

/** A name as ranking compares it. */
export interface Name {
  /** As `wholeOf` gives it. */
  readonly whole: string;
  /** The stems of its parts, each once. */
  readonly stems: readonly string[];
}

/** What a path tells by itself, whatever is asked. */
export interface PathFacts {
  readonly role: PathRole;
  /** The name that tells what the file is about. */
  readonly stem: Name;
  readonly folders: readonly Name[];
}

/** Takes names and paths apart; a project has the same ones over and over, so what was taken apart is kept. */
export interface Names {
  readonly name: (text: string) => Name;
  readonly path: (path: string) => PathFacts;
}

/** Names kept, of some 200 bytes each: those of a middling project, and of a large one those asked for lately. */
const MOST_KEPT = 20_000;

/** `kept` bounds how many names, and how many paths, are remembered. */
export function createNames(kept = MOST_KEPT): Names {
  const name = remembering(kept, (text): Name => {
    const stems = partsOf(text).map(stemOf);
    return { whole: wholeOf(text), stems: stems.length > 1 ? [...new Set(stems)] : stems };
  });
  return {
    name,
    path: remembering(kept, (path) => ({
      role: roleOf(path),
      stem: name(speakingStem(path)),
      folders: path.split("/").slice(0, -1).map(name),
    })),
  };
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
