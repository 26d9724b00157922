import type { Ledger } from "./ledger.ts";
import type { ApprovalRequest } from "./request.ts";

/** Often enough to feel immediate; each look costs a comparison of two numbers in shared memory. */
const POLL_MS = 100;

/**
 * Waits until the request is no longer pending, whichever process changes it, or `waitMs` are over, or `signal` aborts;
 * then returns the request as it stands.
 */
export async function waitForDecision(
  ledger: Ledger,
  id: string,
  options: { readonly signal: AbortSignal; readonly waitMs: number },
): Promise<ApprovalRequest> {
  const { signal, waitMs } = options;
  let request = ledger.get(id);
  if (request.status !== "pending" || signal.aborted || waitMs <= 0) return request;
  await new Promise<void>((resolve, reject) => {
    const deadline = performance.now() + waitMs;
    const expiry = performance.now() + Math.max(0, ledger.timeoutMs);
    let version = ledger.dataVersion();
    const finish = (settle: () => void) => {
      clearInterval(timer);
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const look = (changed: boolean) => {
      try {
        const seen = ledger.dataVersion();
        const due = performance.now() >= Math.min(deadline, expiry);
        if (!changed && seen === version && !due) return;
        version = seen;
        request = ledger.get(id);
        if (request.status !== "pending" || performance.now() >= deadline) finish(resolve);
      } catch (error) {
        finish(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    const onAbort = () => finish(resolve);
    const timer = setInterval(() => look(false), POLL_MS);
    // Not within the change itself: the transaction that notifies must end first.
    const unsubscribe = ledger.onChange(() => setImmediate(() => look(true)));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  return request;
}
