import type { WorkerLink } from "./worker-link.ts";
import type { Embedded, Overflow } from "./worker-protocol.ts";

export interface SubmitOptions {
  /** Whose texts they are; null for those that overtake everything. */
  readonly caller: object | null;
  readonly overflow: Overflow;
}

/** A text that was submitted. */
export interface Task extends SubmitOptions {
  readonly id: number;
  readonly text: string;
  readonly resolve: (embedded: Embedded) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

/** What is with one thread. */
export interface Line {
  readonly tasks: Map<number, Task>;
  /** Groups of texts that it has not answered yet. */
  urgentGroups: number;
  bulkGroups: number;
}

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

/** The line of a thread that has just come up. */
export function newLine(): Line {
  return { tasks: new Map(), urgentGroups: 0, bulkGroups: 0 };
}

/** Whether a text is with a worker that has one attempt left. */
export function holdsSuspect({ lines }: Worker): boolean {
  for (const { tasks } of lines) for (const { attempts } of tasks.values()) if (attempts >= ATTEMPTS - 1) return true;
  return false;
}

/** All texts that are with a worker. */
export function tasksOf({ lines }: Worker): Task[] {
  return lines.flatMap(({ tasks }) => [...tasks.values()]);
}

/** How many texts are with a worker. */
export function countOf({ lines }: Worker): number {
  let count = 0;
  for (const { tasks } of lines) count += tasks.size;
  return count;
}

/** Whether no text is with a worker. */
export function isIdle(worker: Worker): boolean {
  return countOf(worker) === 0;
}

/**
 * The line of the thread with the fewest groups of a kind, and of those with as many that with the fewest texts; null where
 * all have `most`. Urgent groups are counted apart, as they overtake: else one thread would get all queries that has less
 * bulk at hand.
 */
export function freest({ lines }: Worker, groupsOf: (line: Line) => number, most: number): number | null {
  let best: number | null = null;
  let [fewest, fewestTexts] = [most, Infinity];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined) continue;
    const groups = groupsOf(line);
    if (groups > fewest || groups >= most || (groups === fewest && line.tasks.size >= fewestTexts)) continue;
    best = index;
    fewest = groups;
    fewestTexts = line.tasks.size;
  }
  return best;
}
