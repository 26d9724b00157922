import type { Caller } from "./call.ts";
import type { OutputPage } from "../workspace/command-output.ts";
import type { CommandPlan, CommandRequest } from "../workspace/command-plan.ts";
import type { DeletePlan, WritePlan, WriteRequest } from "../workspace/change-file.ts";
import type { CommitPlan, CommitRequest, CommitResult } from "../workspace/git-commit.ts";

/** Changes files: works a change out, and makes exactly that change once it is allowed. */
export interface FileChanger {
  /** @throws UserError `workspace.*`, `permission.*` or `request.*`; touches nothing. */
  planWrite(request: WriteRequest): WritePlan;
  /** Makes the write and keeps what it replaced. @throws UserError `workspace.changed-since`. */
  applyWrite(plan: WritePlan, approval: string): Promise<void>;
  planDelete(path: string): DeletePlan;
  applyDelete(plan: DeletePlan, approval: string): Promise<void>;
  /** Where the new text fails to parse though the old one did not; empty where all is well or the language unknown. */
  brokenSyntax(path: string, before: string | null, after: string): Promise<readonly SyntaxFault[]>;
}

/** A place where a text does not parse. */
export interface SyntaxFault {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** How a command ended. */
export interface CommandOutcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** What ended it before its time. */
  readonly stopped: "time limit" | "cancelled" | null;
  readonly durationMs: number;
  /** Output and errors in the order they came, beginning and end where it is long; safe to show. */
  readonly output: string;
  readonly truncated: boolean;
  readonly bytes: number;
  /** Under which `codelab://output/` keeps the whole. */
  readonly outputId: string;
}

/** Starts programs, and lets none of their processes outlive the call. */
export interface CommandRunner {
  /** Works a command out without starting it. @throws UserError when the directory lies outside or a value is wrong. */
  plan(request: CommandRequest): CommandPlan;
  run(plan: CommandPlan, options: CommandOptions): Promise<CommandOutcome>;
  /** Starts a background command and answers its id. */
  start(plan: CommandPlan, owner: Owner): Promise<string>;
  /** How one's own background command is, ended first if wanted. @throws UserError `request.unknown-command`. */
  job(id: string, stop: boolean, owner: Owner): Promise<JobReport>;
  /** A page of kept output, of a background command by its id too, from a byte offset; null for an unknown id. */
  outputPage(id: string, offset: number): Promise<OutputPage | null>;
}

/** Whose a background command is: no one else hears of it or ends it. */
export type Owner = Pick<Caller, "principal" | "session">;

/** A background command at one moment. */
export interface JobReport {
  readonly isRunning: boolean;
  /** Null while it runs, or when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly startedAt: number;
  /** The newest output, safe to show. */
  readonly tail: string;
  readonly bytes: number;
}

export interface CommandOptions {
  readonly signal: AbortSignal;
  /** Id of the ledger's request that allowed it. */
  readonly approval: string;
  /** Told with each piece of output, as text that is safe to show. */
  readonly onOutput: (text: string) => void;
}

export interface GitCommitter {
  /** Works a commit out without touching the repository. @throws UserError when there is nothing to commit, and the like. */
  plan(request: CommitRequest, signal: AbortSignal): Promise<CommitPlan>;
  /** Commits exactly what was planned for these paths. @throws UserError `workspace.changed-since`. */
  commit(plan: CommitPlan, paths: readonly string[] | undefined): Promise<CommitResult>;
}
