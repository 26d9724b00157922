import { partsOf } from "../terms.ts";
import { ownName } from "./names.ts";
import type { Embedder } from "../embed/embedder.ts";
import type { QueryVector } from "./query-vector.ts";
import type { SearchStore } from "./search-store.ts";

/** A search that can be made ready for those who will ask. */
export interface Rehearsal {
  /**
   * Searches that nobody asked for, one for each step, so that the first real ones find the code compiled and the index
   * in memory. Loads no model, asks no server, keeps no answer.
   */
  rehearse(signal: AbortSignal): AsyncGenerator<void>;
}

/** Where the steps of a search are learnt by the engine and what they read comes into memory: of a dozen most. */
const QUESTIONS = 16;
/** What a search of a larger index keeps in memory is for those who do search it. */
const MOST_CHUNKS = 50_000;
/** Words of one question, as people ask with. */
const WORDS = 3;

/**
 * Questions about what is indexed, to be asked while nobody waits: made of the names in chunks that lie all over the
 * index. None where it is empty, so large that memory counts, or on a server, which has others to serve.
 */
export async function questionsAbout(store: SearchStore): Promise<string[]> {
  if (store.isRemote === true) return [];
  const { chunks } = await store.stats();
  if (chunks === 0 || chunks > MOST_CHUNKS) return [];
  // Ids rise from 1 and are seldom given up; those that are gone are left out.
  const ids = Array.from({ length: QUESTIONS }, (_, index) => 1 + Math.floor((index * chunks) / QUESTIONS));
  const heads = await store.heads([...new Set(ids)]);
  return heads.flatMap(({ path, symbol }, index) => {
    const place = path.replace(/\.[^./]*$/, "");
    const name = symbol === null ? place : `${place} ${ownName(symbol)}`;
    const words = [...new Set(partsOf(name.replaceAll(/[^\p{L}\p{N}_]+/gu, "_")))].slice(-WORDS);
    // One word alone, as names are asked for, now and then.
    const asked = index % 4 === 0 ? words.slice(-1) : words;
    return asked.length === 0 ? [] : [asked.join(" ")];
  });
}

/** A vector that stands for a question's, of the same length and for none of its cost. */
export async function anyVector({ dimensions }: Embedder, text: string): Promise<QueryVector> {
  const vector = Float32Array.from({ length: dimensions }, (_, index) => Math.sin(index * (1 + text.length)));
  const norm = Math.hypot(...vector);
  return { vector: vector.map((component) => component / norm) };
}
