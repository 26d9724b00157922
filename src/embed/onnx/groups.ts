import type { Task } from "./pool-worker.ts";

/**
 * Texts are handed to a thread, and answered, in groups: each message wakes the process that it goes to, which takes a
 * fifth of a millisecond beside threads that compute, as its caches are cold. Nobody waits for one text of a batch alone.
 */
export interface Groups {
  readonly bulk: GroupBounds;
  readonly urgent: GroupBounds;
}

export interface GroupBounds {
  /** Groups with a thread at once: one under way, the others at hand, so that it never waits for the next. */
  readonly atHand: number;
  /** Texts of a group. */
  readonly most: number;
  /** Characters of a group, a longer text alone apart. */
  readonly characters: number;
}

/**
 * On a processor, which computes text by text, a group is some hundred milliseconds of work. Queries are answered one by
 * one, unless so many wait that a few more texts are little beside what each waits anyway.
 */
export const PROCESSOR_GROUPS: Groups = {
  bulk: { atHand: 2, most: 16, characters: 4_000 },
  urgent: { atHand: 4, most: 4, characters: 4_000 },
};

/**
 * A device that computes many at once chooses those of like length: two batches of middling length are a group. It is done
 * with one in milliseconds, and never waits for the next.
 */
export const ACCELERATOR_GROUPS: Groups = {
  bulk: { atHand: 4, most: 192, characters: 150_000 },
  urgent: { atHand: 4, most: 192, characters: 150_000 },
};

/**
 * Takes a group of what waits. The less is left the smaller the groups, so that all threads end at about the same time
 * (guided self-scheduling, Polychronopoulos and Kuck 1987).
 * @param next yields what is next if it suits
 * @param waiting how many texts wait
 * @param threads that may share them
 */
export function takeGroup(
  next: (suits: (task: Task) => boolean) => Task | undefined,
  waiting: number,
  threads: number,
  { most, characters }: GroupBounds,
): Task[] {
  const size = Math.min(most, Math.ceil(waiting / (2 * threads)));
  const group: Task[] = [];
  let taken = 0;
  const suits = ({ text }: Task) => group.length === 0 || taken + text.length <= characters;
  while (group.length < size) {
    const task = next(suits);
    if (task === undefined) break;
    group.push(task);
    taken += task.text.length;
  }
  return group;
}
