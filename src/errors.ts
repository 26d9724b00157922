/** Families of stable error codes; callers branch on the code, never on the message. */
export type ErrorFamily =
  | "request"
  | "permission"
  | "approval"
  | "workspace"
  | "index"
  | "embedding"
  | "store"
  | "conversation"
  | "agent"
  | "service";

/** A stable code such as `workspace.not-found`: family, dot, reason in kebab case. */
export type ErrorCode = `${ErrorFamily}.${string}`;

export interface UserErrorOptions {
  /** What the caller can do next, as a complete sentence or a command. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error that its receiver can mend. Everything else that is thrown is a bug. */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** The text of whatever was thrown, for messages that name a cause. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whether a Node error carries this errno code, such as `ENOENT`. */
export function hasErrno(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && codes.includes(thrown.code);
}
