import { z } from "zod";
import { cleanComment, DECISIONS } from "../approval/elicitation.ts";
import type { ApprovalRequest } from "../approval/request.ts";
import { UserError } from "../errors.ts";
import { readBody } from "./body.ts";
import type { ApprovalPorts, MemoryPorts, SitePorts } from "./ports.ts";
import { searchMemory, showIndex } from "./memory-api.ts";
import { json } from "./respond.ts";

const MAX_LISTED = 200;

const decisionBody = z.strictObject({
  decision: z.enum(DECISIONS),
  comment: z.string().max(2_000).default(""),
  /** Digest of the preview that the human saw. */
  seen: z.string(),
});

const undoBody = z.strictObject({ force: z.boolean().default(false) });

type Handler = (request: Request, ports: SitePorts, parameter: string) => Response | Promise<Response>;

interface Route {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  readonly handle: Handler;
}

/** What a paired browser may ask for. GET changes nothing. */
export const API_ROUTES: readonly Route[] = [
  { method: "GET", path: /^\/api\/requests$/, handle: listRequests },
  { method: "GET", path: /^\/api\/requests\/([0-9a-z-]{1,40})$/, handle: showRequest },
  { method: "POST", path: /^\/api\/requests\/([0-9a-z-]{1,40})\/decision$/, handle: decideRequest },
  { method: "GET", path: /^\/api\/changes$/, handle: (_, { changes }) => json({ changes: changes.list(MAX_LISTED) }) },
  { method: "POST", path: /^\/api\/changes\/(\d{1,15})\/undo$/, handle: undoChange },
  { method: "GET", path: /^\/api\/audit$/, handle: listAudit },
  { method: "GET", path: /^\/api\/audit\/verdict$/, handle: async (_, { verifyAudit }) => json(await verifyAudit()) },
  { method: "GET", path: /^\/api\/site$/, handle: (_, { memory }) => json({ hasMemory: memory !== undefined }) },
  { method: "GET", path: /^\/api\/search$/, handle: (request, ports) => searchMemory(request, memoryOf(ports)) },
  { method: "GET", path: /^\/api\/index$/, handle: (_, ports) => showIndex(memoryOf(ports)) },
];

function memoryOf({ memory }: SitePorts): MemoryPorts {
  if (memory !== undefined) return memory;
  throw new UserError("request.not-found", "this site belongs to no workspace", {
    hint: "`codelab-mcp serve --http` serves one that searches.",
  });
}

function listRequests(request: Request, { ledger, now }: ApprovalPorts): Response {
  const onlyPending = new URL(request.url).searchParams.get("status") === "pending";
  const requests = ledger.list({ limit: MAX_LISTED, ...(onlyPending && { status: "pending" }) });
  return json({ now: now(), requests: requests.map(summaryOf) });
}

function showRequest(_: Request, { ledger, now }: ApprovalPorts, id: string): Response {
  const found = ledger.get(id);
  const { preview, arguments: args } = found;
  return json({ now: now(), request: { ...summaryOf(found), preview, arguments: args } });
}

async function decideRequest(request: Request, { ledger, now }: ApprovalPorts, id: string): Promise<Response> {
  const { decision, comment, seen } = await readBody(request, decisionBody);
  if (ledger.get(id).preview.digest !== seen)
    throw new UserError("approval.mismatch", "what was shown is not what is asked", { hint: "Reload the page." });
  const decided = ledger.decide(id, { verdict: decision, channel: "page", comment: cleanComment(comment) });
  return json({ now: now(), request: summaryOf(decided) });
}

async function undoChange(request: Request, { changes }: ApprovalPorts, id: string): Promise<Response> {
  const { force } = await readBody(request, undoBody);
  return json({ change: await changes.undo(Number(id), force) });
}

function listAudit(request: Request, { audit }: ApprovalPorts): Response {
  const before = Number(new URL(request.url).searchParams.get("before") ?? Number.NaN);
  const records = audit.list({ limit: 100, ...(Number.isSafeInteger(before) && { before }) });
  return json({ records });
}

/** A request without the body of its preview, which may be a megabyte. */
function summaryOf(request: ApprovalRequest) {
  const { preview, arguments: _, digest: __, ...rest } = request;
  return { ...rest, title: preview.title, warnings: preview.warnings.length };
}
