import type { DeletePlan, WritePlan, WriteRequest } from "../workspace/change-file.ts";

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

export interface SyntaxFault {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface CommandRequest {
  readonly run: { readonly argv: readonly string[] } | { readonly line: string };
  /** Directory relative to the workspace. */
  readonly cwd?: string;
  readonly timeoutMs: number;
}

/** A command exactly as it will be started. */
export interface CommandPlan {
  readonly run: { readonly argv: readonly string[] } | { readonly shell: string; readonly line: string };
  /** Relative to the workspace, `.` for its root. */
  readonly cwd: string;
  /** Variables on top of the few that every command gets. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What confines it, in words; absent: nothing. */
  readonly sandbox?: string;
}

export interface CommandOutcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** Output in the order of its arrival, head and tail where there was too much; safe to show. */
  readonly output: string;
  /** Bytes of the whole output. */
  readonly bytes: number;
  /** Under which `codelab://output/` keeps the whole; null where `output` is all of it. */
  readonly outputId: string | null;
}

/** Starts programs, and lets none of their processes outlive the call. */
export interface CommandRunner {
  /** @throws UserError when the directory lies outside or the program is missing. */
  plan(request: CommandRequest): CommandPlan;
  run(
    plan: CommandPlan,
    options: {
      readonly signal: AbortSignal;
      readonly approval: string;
      /** Told now and then with the last line of output. */
      readonly onOutput: (lastLine: string, bytes: number) => void;
    },
  ): Promise<CommandOutcome>;
  /** A page of kept output from 0; null for an unknown id. */
  outputPage(id: string, page: number): Promise<{ readonly text: string; readonly pages: number } | null>;
}

export interface CommitPlan {
  readonly message: string;
  /** `Name <mail>` from the repository's configuration. */
  readonly author: string;
  readonly branch: string;
  readonly paths: readonly string[];
  /** What will be committed, as a unified diff. */
  readonly diff: string;
  readonly warnings: readonly string[];
}

export interface GitCommitter {
  /** @throws UserError when this is no repository, nothing changed, or no identity is configured. */
  plan(
    request: { readonly message: string; readonly paths?: readonly string[] },
    signal: AbortSignal,
  ): Promise<CommitPlan>;
  /** Commits exactly what was planned. @throws UserError `workspace.changed-since`. */
  commit(plan: CommitPlan, signal: AbortSignal): Promise<{ readonly hash: string; readonly summary: string }>;
}
