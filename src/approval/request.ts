import { isOver, type Clock } from "./clock.ts";
import type { Preview } from "./preview.ts";

export const REQUEST_STATUSES = ["pending", "approved", "rejected", "timeout", "cancelled", "consumed"] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** Who decided: a human through a channel, or a rule that a human wrote. */
export type ChannelName = "elicitation" | "page" | "terminal" | "policy" | "session";

/** One question to a human, as the ledger keeps it. Times are milliseconds since the epoch. */
export interface ApprovalRequest {
  readonly id: string;
  readonly workspace: string;
  readonly session: string;
  readonly principal: string;
  /** Name and version that the client gave; untrusted. */
  readonly client: string;
  readonly tool: string;
  /** The arguments with secrets masked and long texts cut; the digest is of the real ones. */
  readonly arguments: unknown;
  readonly digest: string;
  readonly preview: Preview;
  /** What an approval for the session would cover; null where it is not offered. */
  readonly scope: { readonly key: string; readonly label: string } | null;
  readonly status: RequestStatus;
  readonly created: number;
  /** Until when a human may decide; once approved, until when the approval may be used. */
  readonly expires: number;
  readonly responded: number | null;
  readonly channel: string | null;
  /** What was decided, such as `approve_once`. */
  readonly response: string | null;
  /** The human's comment, or why the request ended. */
  readonly reason: string | null;
}

/** A question as it is put to the ledger. */
export interface NewRequest {
  readonly workspace: string;
  readonly session: string;
  readonly principal: string;
  readonly client: string;
  readonly tool: string;
  readonly arguments: unknown;
  readonly digest: string;
  readonly preview: Preview;
  readonly scope: ApprovalRequest["scope"];
}

/** A human's word, or a rule's. */
export interface Ruling {
  readonly verdict: "approve_once" | "approve_session" | "deny";
  readonly channel: ChannelName;
  readonly comment: string | null;
}

/** A row of `hitl_requests`. */
export interface RequestRow {
  readonly id: string;
  readonly workspace: string;
  readonly session: string;
  readonly principal: string;
  readonly client: string;
  readonly tool: string;
  readonly arguments: string;
  readonly digest: string;
  readonly preview: string;
  readonly preview_digest: string;
  readonly scope_key: string | null;
  readonly scope_label: string | null;
  readonly status: RequestStatus;
  readonly created: number;
  readonly begun: number;
  readonly begun_monotonic: number;
  readonly expires: number;
  readonly responded: number | null;
  readonly channel: string | null;
  readonly response: string | null;
  readonly reason: string | null;
}

/** Whether a human's time to decide, or the caller's time to use the approval, has run out. */
export function isExpired(row: RequestRow, clock: Clock): boolean {
  const open = row.status === "pending" || row.status === "approved";
  return open && isOver({ created: row.begun, expires: row.expires, createdMonotonic: row.begun_monotonic }, clock);
}

/** A row as the request that it holds. */
export function requestOf(row: RequestRow): ApprovalRequest {
  return {
    id: row.id,
    workspace: row.workspace,
    session: row.session,
    principal: row.principal,
    client: row.client,
    tool: row.tool,
    arguments: JSON.parse(row.arguments),
    digest: row.digest,
    preview: JSON.parse(row.preview) as Preview,
    scope: row.scope_key === null ? null : { key: row.scope_key, label: row.scope_label ?? "" },
    status: row.status,
    created: row.created,
    expires: row.expires,
    responded: row.responded,
    channel: row.channel,
    response: row.response,
    reason: row.reason,
  };
}
