import type { ChunkHead } from "../store/index-store.ts";
import { ChunkRows, HIGH, LOW, NAMES, PLACE, ROLE_BITS } from "./chunk-rows.ts";
import { NamePool } from "./name-pool.ts";
import { definedBy } from "./names.ts";
import { PathBook } from "./path-book.ts";
import { type PathRole, ROLES, roleOf, roleOfChunk } from "./path-role.ts";
import type { Bits, Sieve } from "./sieve.ts";
import { Vocabulary } from "./vocabulary.ts";

/** What is known of finds whatever is asked, as columns in the order of the finds. */
export interface FindFacts {
  /** The number of the path in `ChunkBook.paths`; `GONE` where there is no such chunk any more. */
  readonly paths: Int32Array;
  /** Places in `ROLES`. */
  readonly roles: Uint8Array;
  /** Of the names that the chunk defines. */
  readonly defined: Bits;
  /** Where those begin in `ChunkBook.definitions`; 0 where they are not known yet. */
  readonly starts: Int32Array;
}

export const GONE = -1;

/**
 * What ranking asks of every find, kept by the id of its chunk: a store gives no id twice, and of a chunk only the lines may
 * change, which are not kept here. It lies in few runs of memory, since the hundreds of finds of a query are from anywhere in
 * the index, and every scattered object that is looked at costs a wait for memory.
 */
export class ChunkBook {
  readonly vocabulary = new Vocabulary();
  readonly paths = new PathBook(this.vocabulary);
  readonly #definitions = new NamePool(this.vocabulary);
  readonly #scratch = new NamePool(this.vocabulary);
  readonly #rows = new ChunkRows();
  /** The role of each path. */
  readonly #roles: PathRole[] = [];

  /** Whether so much came by that the book should be begun anew. */
  get isFull(): boolean {
    const isLong = this.#definitions.size > MOST_NAMES;
    return isLong || Math.max(this.paths.size, this.vocabulary.size) > MOST_NUMBERED;
  }

  /** The names that chunks define, for `FindFacts.starts`. */
  get definitions(): Int32Array {
    return this.#definitions.data;
  }

  /** What is known of these chunks; `read` gives the heads of those that are not known yet. */
  async factsOf(ids: Uint32Array, read: (ids: readonly number[]) => Promise<readonly ChunkHead[]>): Promise<FindFacts> {
    const facts = {
      paths: new Int32Array(ids.length).fill(GONE),
      roles: new Uint8Array(ids.length),
      defined: { lows: new Int32Array(ids.length), highs: new Int32Array(ids.length) },
      starts: new Int32Array(ids.length),
    };
    const missing = new Map<number, number>();
    for (let at = 0; at < ids.length; at++) {
      const row = this.#rows.find(ids[at] ?? 0);
      if (row < 0) missing.set(ids[at] ?? 0, at);
      else take(this.#rows.data, row, at, facts);
    }
    if (missing.size === 0) return facts;
    for (const head of await read([...missing.keys()])) {
      const row = this.#add(head);
      take(this.#rows.data, row, missing.get(head.id) ?? 0, facts);
    }
    return facts;
  }

  /** Takes in the names that a chunk defines; returns where they begin in `definitions`. */
  define(head: ChunkHead): number {
    const row = this.#rows.find(head.id);
    const known = row < 0 ? 0 : (this.#rows.data[row + NAMES] ?? 0);
    if (known !== 0) return known;
    const start = this.#definitions.add(definedBy(head));
    if (row >= 0) this.#rows.data[row + NAMES] = start;
    return start;
  }

  #add(head: ChunkHead): number {
    const path = this.paths.numberOf(head.path);
    const role = roleOfChunk(head, (this.#roles[path] ??= roleOf(head.path)));
    const { low, high } = this.#sieveOf(definedBy(head));
    const row = this.#rows.add(head.id);
    const { data } = this.#rows;
    data[row + PLACE] = (path << ROLE_BITS) | ROLES.indexOf(role);
    data[row + LOW] = low;
    data[row + HIGH] = high;
    return row;
  }

  /** Without keeping the names: few are ever asked for. */
  #sieveOf(names: readonly string[]): Sieve {
    this.#scratch.clear();
    return this.#scratch.sieveOf(this.#scratch.add(names));
  }
}

/** Copies a row to a place of the facts. */
function take(rows: Int32Array, row: number, at: number, { paths, roles, defined, starts }: FindFacts): void {
  const place = rows[row + PLACE] ?? 0;
  paths[at] = place >> ROLE_BITS;
  roles[at] = place & ((1 << ROLE_BITS) - 1);
  defined.lows[at] = rows[row + LOW] ?? 0;
  defined.highs[at] = rows[row + HIGH] ?? 0;
  starts[at] = rows[row + NAMES] ?? 0;
}

/** Paths or words that are numbered, of some 200 bytes each. */
const MOST_NUMBERED = 500_000;
/** Numbers for names that were asked for: 16 MB. */
const MOST_NAMES = 4_000_000;
