import { setMaxListeners } from "node:events";

/**
 * Runs all side by side and returns their results in order; the first failure cancels what is still to do, so that no
 * work goes on for an answer that nobody gets.
 */
export async function allOrCancelled<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  run: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const failure = new AbortController();
  const both = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  // One listener per item is meant, and gone with it.
  setMaxListeners(0, both);
  try {
    return await Promise.all(items.map((item) => run(item, both)));
  } catch (error) {
    failure.abort(error);
    throw error;
  }
}
