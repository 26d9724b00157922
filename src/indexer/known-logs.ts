import { microseconds, type SourceState, type TranscriptStamps } from "../store/index-store.ts";
import type { TranscriptFile } from "../transcripts/list-transcripts.ts";

/** What a log on disk is to the index; the user's `forgotten` ones are left alone whatever becomes of them. */
export type LogState = "new" | "changed" | "same" | "forgotten";

/** The logs in the index as far as a change is seen by it, in columns: years of conversations are tens of thousands. */
export class KnownLogs {
  readonly #format: string;
  readonly #rows = new Map<string, number>();
  #sizes: number[] = [];
  #mtimes: number[] = [];
  #inodes: number[] = [];
  readonly #forgotten = new Set<string>();

  /** Logs that another chunker than that of `format` cut count as changed. */
  constructor(stamps: readonly TranscriptStamps[], format: string) {
    this.#format = format;
    for (const { paths, sizes, mtimes, inodes, chunker, skipped } of stamps) {
      if (skipped === FORGOTTEN) {
        for (const path of paths) this.#forgotten.add(path);
        continue;
      }
      let row = this.#sizes.length;
      for (const path of paths) this.#rows.set(path, row++);
      this.#sizes = this.#sizes.concat(chunker === format ? sizes : sizes.map(() => NEVER));
      this.#mtimes = this.#mtimes.concat(mtimes);
      this.#inodes = this.#inodes.concat(inodes);
    }
  }

  /** How many there are, forgotten ones included. */
  get count(): number {
    return this.#rows.size + this.#forgotten.size;
  }

  look({ path, size, mtimeMs, inode }: TranscriptFile): LogState {
    const row = this.#rows.get(path);
    if (row === undefined) return this.#forgotten.has(path) ? "forgotten" : "new";
    const isSame =
      size === this.#sizes[row] && microseconds(mtimeMs) === this.#mtimes[row] && inode === this.#inodes[row];
    return isSame ? "same" : "changed";
  }

  /** Takes in what was stored since. */
  note({ path, size, mtimeMs, inode, chunker, skipped }: SourceState): void {
    if (skipped === FORGOTTEN) {
      this.#rows.delete(path);
      this.#forgotten.add(path);
      return;
    }
    this.#forgotten.delete(path);
    this.#set(path, chunker === this.#format ? size : NEVER, microseconds(mtimeMs), inode);
  }

  #set(path: string, size: number, mtime: number, inode: number): void {
    const row = this.#rows.get(path) ?? this.#sizes.length;
    this.#rows.set(path, row);
    this.#sizes[row] = size;
    this.#mtimes[row] = mtime;
    this.#inodes[row] = inode;
  }
}

const FORGOTTEN = "forgotten";
/** The size of no file. */
const NEVER = -1;
