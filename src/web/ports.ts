import type { CodeHit, CodeQuery, ConversationHit, ConversationQuery, SearchAnswer } from "../search/answer.ts";
import type { AuditRecord } from "../approval/audit.ts";
import type { AuditVerdict } from "../approval/audit-verify.ts";
import type { JournalEntry } from "../approval/journal.ts";
import type { Ruling } from "../approval/ledger.ts";
import type { PageSession } from "../approval/pairing.ts";
import type { ApprovalRequest, RequestStatus } from "../approval/request.ts";

/** The memory of one workspace, where the site is served for one. */
export interface MemoryPorts {
  /** @throws UserError `request.*` for a query or cursor that cannot be used. */
  searchCode(query: CodeQuery, signal: AbortSignal): Promise<SearchAnswer<CodeHit>>;
  searchConversations(query: ConversationQuery, signal: AbortSignal): Promise<SearchAnswer<ConversationHit>>;
  /** What is indexed, as JSON. */
  status(): Promise<object>;
}

/** What the site needs of the rest of the program. */
export interface SitePorts extends ApprovalPorts {
  /** Absent where the site belongs to no workspace: then it offers no search. */
  readonly memory?: MemoryPorts;
}

/** What the approval page needs of the rest of the program. */
export interface ApprovalPorts {
  readonly ledger: {
    get(id: string): ApprovalRequest;
    list(filter: { readonly status?: RequestStatus; readonly limit?: number }): ApprovalRequest[];
    decide(id: string, ruling: Ruling): ApprovalRequest;
  };
  readonly audit: { list(options: { readonly limit?: number; readonly before?: number }): AuditRecord[] };
  readonly verifyAudit: () => Promise<AuditVerdict>;
  readonly pairing: {
    pair(code: string): PageSession;
    isPaired(token: string, proof: string): boolean;
    end(token: string): void;
  };
  readonly changes: {
    list(limit: number): JournalEntry[];
    undo(id: number, force: boolean): Promise<JournalEntry>;
  };
  /** Milliseconds since the epoch, by which the page counts down. */
  readonly now: () => number;
}
