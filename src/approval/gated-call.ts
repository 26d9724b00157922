import type { UserError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { Answer } from "./elicitation.ts";
import type { Ledger } from "./ledger.ts";
import type { Policy } from "./policy-file.ts";
import type { Proposal } from "./proposal.ts";
import type { Question } from "./question.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { ApprovalRequest, ChannelName } from "./request.ts";
import type { StateCodec } from "./state-codec.ts";

/** A way to a human. The page and the terminal only tell where they are: they decide through the ledger. */
export interface ApprovalChannel {
  readonly name: ChannelName;
  /** Where a human finds it, as an instruction such as `open http://127.0.0.1:4001/`; null while it is not there. */
  readonly where: () => string | null;
  /** Asks by itself and resolves with the answer; the signal aborts once another channel was first. */
  readonly ask?: (request: ApprovalRequest, signal: AbortSignal) => Promise<Answer>;
}

/** What the client sent along with a call, when it can be asked through the protocol. */
export interface ElicitationTurn {
  /** The protocol's method, such as `tools/call`. */
  readonly method: string;
  /** Modes that the client declares; an empty capability means form only. */
  readonly modes: readonly ("form" | "url")[];
  readonly state?: string | undefined;
  readonly responses?: Readonly<Record<string, unknown>> | undefined;
}

export interface GatedCall {
  readonly tool: string;
  readonly arguments: unknown;
  readonly principal: string;
  readonly session: string;
  /** Whether others may be behind the same session: nothing can be approved for it then. */
  readonly isShared?: boolean | undefined;
  /** Name and version that the client gave; untrusted. */
  readonly client: string;
  readonly signal: AbortSignal;
  /** Finds out what the call would do; asked again right before the act when a human took time to answer. */
  readonly propose: () => Promise<Proposal>;
  /** A pending id from a former answer. */
  readonly approvalId?: string | undefined;
  /** Null when the client cannot be asked through the protocol. */
  readonly elicitation: ElicitationTurn | null;
  /** Milliseconds to wait for a human on other channels; default and maximum: the ledger's timeout. */
  readonly waitMs?: number | undefined;
  /** Called when the wait begins, with the text that tells where to decide. */
  readonly onWaiting?: ((request: ApprovalRequest, where: string) => void) | undefined;
}

export type GateOutcome =
  /** The call may run, once, now. `requestId` goes into the audit record of its end. */
  | { readonly kind: "granted"; readonly requestId: string; readonly channel: string; readonly comment: string | null }
  /** Hand `prompt` under `key`, and `state`, to the client; the same call comes back with its answer. */
  | ({ readonly kind: "ask" } & Question)
  /** Nothing may run. */
  | { readonly kind: "refused"; readonly requestId: string | null; readonly error: UserError };

export interface GateOptions {
  readonly workspace: string;
  readonly ledger: Ledger;
  readonly limiter: RateLimiter;
  readonly codec: StateCodec;
  /** Read anew for each call, so that a changed file counts at once. */
  readonly policy: () => Policy;
  readonly channels: readonly ApprovalChannel[];
  /** The page's address for a request, for clients that only open links; null while there is no page. */
  readonly linkTo?: (requestId: string) => string | null;
  /** Directories of our own inside the workspace, relative to it. */
  readonly own?: readonly string[];
  readonly clock?: Clock;
}
