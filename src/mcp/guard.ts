import type { GatedCall, GateOutcome } from "../approval/gate.ts";

/** What stands between a call and its act: the gate and the counters, over one ledger. */
export interface Guard {
  /** @throws nothing that a caller could mend: refusals are outcomes. */
  readonly authorise: (call: GatedCall) => Promise<GateOutcome>;
  /** Resolves when the request is no longer pending, or the signal aborts. */
  readonly decided: (requestId: string, signal: AbortSignal) => Promise<void>;
  /** Counts one file operation. @throws UserError `request.rate-limited` with the time to wait. */
  readonly countFileOperation: (principal: string) => void;
}
