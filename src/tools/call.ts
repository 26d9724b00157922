import type { Proposal } from "../approval/proposal.ts";

/** Who calls, through which connection. */
export interface Caller {
  /** Identity that limits and approvals are bound to: the local user over stdio, the token's holder over HTTP. */
  readonly principal: string;
  /** Stable for one connection; approvals "for this session" hold for it. */
  readonly session: string;
  /**
   * Set where connections cannot be told apart, as over HTTP since 2026-07-28: `session` is then all that one server has
   * served, and nothing is approved for it.
   */
  readonly isShared?: boolean;
  /** Name and version that the client gave; untrusted. */
  readonly client: string;
}

export interface Progress {
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
}

/** One call under way. */
export interface Call {
  readonly caller: Caller;
  /** Aborts when the client cancels, disconnects, or the server stops. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** A call that a human, or a rule of theirs, allowed. */
export interface ApprovedCall extends Call {
  /** Id of the ledger's request. */
  readonly approval: string;
}

/** What a gated call is about to do: told to the gate, and done only as told. */
export interface Preview<Plan> {
  /** Data only: the gate turns it into what a human sees, and binds the approval to it. */
  readonly proposal: Proposal;
  /** What was previewed, handed to `run` unchanged. */
  readonly plan: Plan;
}

/** Text for the model; several blocks where a header should stand apart from raw content. */
export interface TextResult {
  readonly text: string | readonly string[];
  readonly data?: undefined;
}

/** The same content twice: some clients show the model only the text, others only the data. */
export interface DataResult<Data> {
  readonly text: string | readonly string[];
  readonly data: Data;
}

export type ToolResult = TextResult | DataResult<Readonly<Record<string, unknown>>>;
