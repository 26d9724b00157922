import { UserError } from "../errors.ts";
import type { ApprovalRequest, RequestStatus } from "./request.ts";

/** What a call must equal for an approval to be its own. */
export interface CallBinding {
  readonly workspace: string;
  readonly session: string;
  readonly principal: string;
  readonly tool: string;
  readonly digest: string;
  readonly previewDigest: string;
}

const ANEW = "Call the tool without approvalId to ask anew.";

/** Throws `approval.mismatch` unless the approval is for exactly this call. */
export function checkBinding(request: ApprovalRequest, binding: CallBinding): void {
  const refuse = (what: string, hint: string) => {
    throw new UserError("approval.mismatch", `approval ${request.id} is for ${what}`, { hint });
  };
  if (request.tool !== binding.tool) refuse(`${request.tool}, not for ${binding.tool}`, ANEW);
  if (request.principal !== binding.principal || request.workspace !== binding.workspace) refuse("someone else", ANEW);
  if (request.session !== binding.session) refuse("another session", ANEW);
  if (request.digest !== binding.digest)
    refuse("other arguments", "Repeat the call with exactly the arguments approved.");
  if (request.preview.digest !== binding.previewDigest)
    refuse("another change: what it would do differs from what was shown", ANEW);
}

/** The refusal of a request that cannot be decided or used any more. */
export function decided(request: ApprovalRequest): UserError {
  const by = request.channel === null ? "" : ` by ${request.channel}`;
  const said = request.reason === null ? "" : `: ${request.reason}`;
  const code = request.status === "rejected" ? "approval.rejected" : (`approval.${request.status}` as const);
  return new UserError(code, `${WORDS[request.status](request.id, by)}${said}`, { hint: HINTS[request.status] });
}

const WORDS: Readonly<Record<RequestStatus, (id: string, by: string) => string>> = {
  pending: (id) => `approval ${id} is still waiting for a human`,
  approved: (id, by) => `approval ${id} was already given${by}`,
  rejected: (id, by) => `a human refused request ${id}${by}`,
  timeout: (id) => `approval ${id} has expired`,
  cancelled: (id) => `request ${id} was cancelled`,
  consumed: (id) => `approval ${id} was already used; each is good for one call`,
};

const HINTS: Readonly<Record<RequestStatus, string>> = {
  pending: "Ask the user to decide, then call again with this approvalId.",
  approved: "Call the tool with this approvalId.",
  rejected: "Do not repeat the call unchanged; ask the user what to do instead.",
  timeout: ANEW,
  cancelled: ANEW,
  consumed: ANEW,
};
