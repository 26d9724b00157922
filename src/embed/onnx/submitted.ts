import type { Embedded } from "./worker-protocol.ts";

/** A text under way. */
export interface Submitted {
  readonly result: Promise<Embedded>;
  /** Gives it up, where it is not done yet; its result rejects with the reason. */
  cancel(reason: unknown): void;
}

/**
 * The results of all, in order. The first failure, or the signal, cancels the rest, so that no work goes on for an answer
 * that nobody gets.
 */
export async function allSubmitted(
  submitted: readonly Submitted[],
  signal: AbortSignal | undefined,
): Promise<Embedded[]> {
  const cancelAll = (reason: unknown) => {
    for (const each of submitted) each.cancel(reason);
  };
  const abort = () => cancelAll(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.all(submitted.map(({ result }) => result));
  } catch (error) {
    cancelAll(error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
