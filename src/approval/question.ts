import type { Clock } from "./clock.ts";
import { type ApprovalForm, type ApprovalLink, approvalForm } from "./elicitation.ts";
import { linkText, questionText } from "./messages.ts";
import type { ApprovalRequest } from "./request.ts";
import type { StateCodec } from "./state-codec.ts";

/** What a client is handed to ask its human with, and the sealed state that must come back with the answer. */
export interface Question {
  readonly requestId: string;
  /** Key under which the answer must come; another for each request. */
  readonly key: string;
  readonly prompt: ApprovalForm | ApprovalLink;
  readonly state: string;
}

export interface QuestionContext {
  readonly codec: StateCodec;
  readonly clock: Clock;
  /** Modes of elicitation that the client declares. */
  readonly modes: readonly ("form" | "url")[];
  readonly method: string;
  /** Where else a human may decide, in words. */
  readonly where: string;
  /** The page's address for a request, for clients that only open links; null while there is no page. */
  readonly link: string | null;
}

/** Builds the question in the best mode that the client has; null when it has none that can be used. */
export function buildQuestion(request: ApprovalRequest, context: QuestionContext): Question | null {
  const { codec, clock, modes, method, where, link } = context;
  const prompt: ApprovalForm | ApprovalLink | null = modes.includes("form")
    ? approvalForm(questionText(request, where), request.scope?.label ?? null)
    : modes.includes("url") && link !== null
      ? { mode: "url", message: linkText(request), url: link }
      : null;
  if (prompt === null) return null;
  const key = `approval_${request.id}`;
  const { tool, principal, session, digest, expires } = request;
  const state = codec.seal({
    v: 1,
    request: request.id,
    key,
    mode: prompt.mode,
    method,
    tool,
    principal,
    session,
    digest,
    asked: clock.monotonic(),
    expires,
  });
  return { requestId: request.id, key, prompt, state };
}
