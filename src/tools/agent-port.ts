import type { Call } from "./call.ts";

export interface AgentRequest {
  /** Absent: chosen by the task. */
  readonly role?: string;
  readonly task: string;
  /** A former session to go on with. */
  readonly session?: string;
}

export interface AgentReport {
  readonly role: string;
  readonly text: string;
  /** Whether it ended by itself, rather than because its budget was spent. */
  readonly isFinished: boolean;
  readonly session: string;
  /** Answers of the model. */
  readonly steps: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Provider and model. */
  readonly model: string;
}

/** Specialists that work with the server's own tools. */
export interface AgentRunner {
  /** @throws UserError `agent.*` when there is no such role or session, or the model cannot be used. */
  run(request: AgentRequest, call: Call): Promise<AgentReport>;
}
