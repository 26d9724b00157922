import { UserError } from "../errors.ts";
import { previewText } from "./preview-text.ts";
import type { ApprovalRequest } from "./request.ts";

/** The text of the question that a client shows. `where` names the other channels, empty when there are none. */
export function questionText(request: ApprovalRequest, where: string): string {
  const pointer = where === "" ? "Deny if you need to see it all." : `To see it all, ${where} (request ${request.id}).`;
  return `${request.tool} asks for your approval.\n\n${previewText(request.preview, pointer)}`;
}

/** The text beside a link to the page, which shows the rest. */
export function linkText(request: ApprovalRequest): string {
  return `${request.tool} asks for your approval: ${request.preview.title}. Decide on this machine's approval page (request ${request.id}).`;
}

/** What an agent is told whose question nobody has answered yet. */
export function stillPending(request: ApprovalRequest, where: string): UserError {
  return new UserError("approval.pending", `nothing was done: approval ${request.id} is waiting for a human`, {
    hint: nextStep(request, where),
  });
}

/** What an agent is told whose client declined without showing anything to anyone. */
export function instantDecline(request: ApprovalRequest, where: string): UserError {
  return new UserError(
    "approval.pending",
    `nothing was done: this client declined before a human could see the question; approval ${request.id} is pending`,
    { hint: nextStep(request, where) },
  );
}

function nextStep(request: ApprovalRequest, where: string): string {
  const place = where === "" ? "decide with `codelab-mcp approvals`" : where;
  return `Ask the user to ${place} (request ${request.id}); then repeat the same call with approvalId "${request.id}".`;
}
