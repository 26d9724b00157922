import type { ChunkHead } from "../store/index-store.ts";
import { speakingStem } from "./path-role.ts";

/** The names in a path: the one that tells what the file is about, then its folders'. */
export function namesOfPath(path: string): string[] {
  return [speakingStem(path), ...path.split("/").slice(0, -1)];
}

/** The names that a chunk defines. */
export function definedBy({ defines, symbol }: Pick<ChunkHead, "defines" | "symbol">): readonly string[] {
  const own = symbol === null ? "" : ownName(symbol);
  return own === "" || defines.includes(own) ? defines : [...defines, own];
}

/** The last part of a symbol path, which is the name of what it leads to; empty where there is none. */
export function ownName(symbol: string): string {
  return symbol.slice(Math.max(symbol.lastIndexOf("."), symbol.lastIndexOf(":"), symbol.lastIndexOf("#")) + 1);
}
