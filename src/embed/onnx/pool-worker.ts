import type { WorkerLink } from "./worker-link.ts";
import type { Embedded, Overflow } from "./worker-protocol.ts";

export interface SubmitOptions {
  /** Whose text it is; null for one that overtakes everything. */
  readonly caller: object | null;
  readonly overflow: Overflow;
  readonly signal?: AbortSignal | undefined;
}

/** A text that was submitted. */
export interface Task {
  readonly id: number;
  readonly text: string;
  readonly options: SubmitOptions;
  readonly resolve: (embedded: Embedded) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

/** The texts that are with one thread. */
export type Line = Map<number, Task>;

/** A worker process, and what is with it. */
export interface Worker {
  readonly link: WorkerLink;
  /** Threads that compute, by the number of their line. */
  readonly lines: Line[];
  state: "loading" | "ready" | "retiring";
  /** Threads that compute or were asked for. */
  asked: number;
}

/** A text is tried so often before it is held to be what ends the workers; the last time alone, so that it takes none along. */
export const ATTEMPTS = 3;

/** Whether a text is with a worker that has one attempt left. */
export function holdsSuspect({ lines }: Worker): boolean {
  for (const line of lines) for (const { attempts } of line.values()) if (attempts >= ATTEMPTS - 1) return true;
  return false;
}

/** How many of a thread's texts are not urgent. */
export function bulkOf(line: Line): number {
  let bulk = 0;
  for (const { options } of line.values()) bulk += options.caller === null ? 0 : 1;
  return bulk;
}

/** All texts that are with a worker. */
export function tasksOf({ lines }: Worker): Task[] {
  return lines.flatMap((line) => [...line.values()]);
}

/** How many texts are with a worker. */
export function countOf({ lines }: Worker): number {
  let count = 0;
  for (const { size } of lines) count += size;
  return count;
}

/** Whether no text is with a worker. */
export function isIdle(worker: Worker): boolean {
  return countOf(worker) === 0;
}

/** The line of the thread with the fewest texts of those that have room; null where none has. */
export function freest({ lines }: Worker, hasRoom: (line: Line) => boolean): number | null {
  let best: number | null = null;
  let fewest = Infinity;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined || line.size >= fewest || !hasRoom(line)) continue;
    best = index;
    fewest = line.size;
  }
  return best;
}
