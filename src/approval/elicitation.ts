import { z } from "zod";
import { visibleLine } from "../visible.ts";

/** What the form asks for; the first value is the default, so a form accepted unread denies. */
export const DECISIONS = ["deny", "approve_once", "approve_session"] as const;

const COMMENT_CHARACTERS = 2_000;

/** An elicitation in form mode, as `elicitation/create` and `inputRequired` take it. */
export interface ApprovalForm {
  readonly mode: "form";
  readonly message: string;
  readonly requestedSchema: {
    readonly type: "object";
    readonly properties: {
      readonly decision: {
        readonly type: "string";
        readonly title: string;
        readonly description: string;
        readonly enum: (typeof DECISIONS)[number][];
        readonly default: "deny";
      };
      readonly comment: {
        readonly type: "string";
        readonly title: string;
        readonly description: string;
        readonly maxLength: number;
      };
    };
    readonly required: ["decision"];
  };
}

/** An elicitation in URL mode: the page asks, and proves by its own means who answers. */
export interface ApprovalLink {
  readonly mode: "url";
  readonly message: string;
  readonly url: string;
}

/** What a human, or the client in a human's name, answered. */
export type Answer =
  | { readonly kind: "approve"; readonly scope: "once" | "session"; readonly comment: string | null }
  | { readonly kind: "deny"; readonly comment: string | null }
  /** The dialog was declined or closed, or was never shown. */
  | { readonly kind: "dismiss"; readonly how: "decline" | "cancel" }
  /** Nothing that this form could have produced: treated as a refusal. */
  | { readonly kind: "malformed" };

/** The form for one request. `sessionScope` says what an approval for the session covers; null offers none. */
export function approvalForm(message: string, sessionScope: string | null): ApprovalForm {
  return {
    mode: "form",
    message,
    requestedSchema: {
      type: "object",
      properties: {
        decision: {
          type: "string",
          title: "Decision",
          description:
            sessionScope === null
              ? "deny, or approve_once"
              : `deny, approve_once, or approve_session (${sessionScope})`,
          enum: sessionScope === null ? ["deny", "approve_once"] : [...DECISIONS],
          default: "deny",
        },
        comment: {
          type: "string",
          title: "Comment",
          description: "Optional; the agent reads it",
          maxLength: COMMENT_CHARACTERS,
        },
      },
      required: ["decision"],
    },
  };
}

const response = z.discriminatedUnion("action", [
  z.object({
    action: z.literal("accept"),
    content: z.strictObject({
      decision: z.enum(DECISIONS),
      comment: z.string().max(COMMENT_CHARACTERS).nullish(),
    }),
  }),
  z.object({ action: z.literal("decline") }),
  z.object({ action: z.literal("cancel") }),
]);

/** Reads an elicitation result. Only the exact words approve. */
export function interpretAnswer(value: unknown): Answer {
  const parsed = response.safeParse(value);
  if (!parsed.success) return { kind: "malformed" };
  if (parsed.data.action !== "accept") return { kind: "dismiss", how: parsed.data.action };
  const { decision, comment } = parsed.data.content;
  const said = cleanComment(comment ?? "");
  if (decision === "deny") return { kind: "deny", comment: said };
  return { kind: "approve", scope: decision === "approve_session" ? "session" : "once", comment: said };
}

/** A comment as it is kept and shown: one visible line per line, at most 2,000 characters; null when empty. */
export function cleanComment(comment: string): string | null {
  const text = comment.slice(0, COMMENT_CHARACTERS).split(/\r?\n/).map(visibleLine).join("\n").trim();
  return text === "" ? null : text;
}

/** Whether this is the answer of a client that opened the link of a question in URL mode. */
export function isLinkOpened(value: unknown): boolean {
  return z.object({ action: z.literal("accept") }).safeParse(value).success;
}
