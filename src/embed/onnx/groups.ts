import type { Lanes } from "./lanes.ts";
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
  urgent: { atHand: 8, most: 4, characters: 4_000 },
};

/**
 * A device that computes many at once has several batches of middling length at hand, to choose those of like length. It is
 * done with one in milliseconds, and never waits for the next.
 */
export const ACCELERATOR_GROUPS: Groups = {
  bulk: { atHand: 12, most: 64, characters: 50_000 },
  urgent: { atHand: 12, most: 64, characters: 50_000 },
};

/**
 * Takes a group of what waits, of one caller, who is the only one that waits for it. The less is left the smaller the
 * groups, so that all threads end at about the same time (guided self-scheduling, Polychronopoulos and Kuck 1987).
 * @param kind which texts: those that are urgent, or the others
 * @param waiting how many of them wait
 * @param threads that may share them
 */
export function takeGroup(
  lanes: Lanes<Task>,
  kind: "urgent" | "bulk",
  { waiting, threads }: { readonly waiting: number; readonly threads: number },
  { most, characters }: GroupBounds,
): Task[] {
  const size = Math.min(most, Math.ceil(waiting / (2 * threads)));
  const first = size === 0 ? undefined : kind === "urgent" ? lanes.nextUrgent() : lanes.nextBulk();
  if (first === undefined) return [];
  const group = [first];
  let taken = first.text.length;
  while (group.length < size) {
    const task = lanes.nextOf(first.caller, ({ text }) => taken + text.length <= characters);
    if (task === undefined) break;
    group.push(task);
    taken += task.text.length;
  }
  return group;
}
