/** Runs a task when fewer than the gate's width are running; gives up waiting when the signal says so. */
export type Gate = <Result>(task: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>;

/** A gate that lets `width` tasks through at once, first come first served. */
export function createGate(width: number): Gate {
  let free = width;
  const waiting = new Set<() => void>();
  const leave = () => {
    free += 1;
    const [next] = waiting;
    next?.();
  };
  const enter = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const settle = (then: () => void) => {
        waiting.delete(pass);
        signal?.removeEventListener("abort", abort);
        then();
      };
      const pass = () => {
        free -= 1;
        settle(resolve);
      };
      const abort = () => settle(() => reject(signal?.reason));
      if (free > 0 && waiting.size === 0) return pass();
      signal?.addEventListener("abort", abort, { once: true });
      return void waiting.add(pass);
    });
  return async (task, signal) => {
    signal?.throwIfAborted();
    await enter(signal);
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
