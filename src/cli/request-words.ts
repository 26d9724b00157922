import type { ApprovalRequest, RequestStatus } from "../approval/request.ts";
import { UserError } from "../errors.ts";
import type { Printer, StyleName } from "./printer.ts";

const WORDS: Readonly<Record<RequestStatus, readonly [string, StyleName]>> = {
  pending: ["waiting", "yellow"],
  approved: ["approved", "green"],
  consumed: ["approved, done", "green"],
  rejected: ["denied", "red"],
  timeout: ["expired", "dim"],
  cancelled: ["cancelled", "dim"],
};

/** What became of a request, as a coloured word for people; padded to `width` characters. */
export function statusWord(status: RequestStatus, { style }: Pick<Printer, "style">, width = 0): string {
  const [word, colour] = WORDS[status];
  return style(colour, word.padEnd(width));
}

/** How long a human has still got, such as `4:07 left`. */
export function timeLeft({ expires }: Pick<ApprovalRequest, "expires">, now = Date.now()): string {
  const seconds = Math.max(0, Math.ceil((expires - now) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`;
}

/** Runs what may fail for an agent's reasons; its hints tell agents what to do, and a human gets one of their own. */
export function forHumans<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError) || !error.code.startsWith("approval.")) throw error;
    const hint = "Run `codelab-mcp approvals list --all` to see what was asked and what became of it.";
    throw new UserError(error.code, error.message, { hint, cause: error });
  }
}
