import { CLIENT_CAPABILITIES_META_KEY, type Server, type ServerContext } from "@modelcontextprotocol/server";
import type { ElicitationTurn } from "../approval/gate.ts";
import { field } from "../json-fields.ts";
import { envelopeField } from "./client-facts.ts";

/** What the client can be asked with, and what it sent along; null when it cannot be asked. */
export function turnOf(request: ServerContext, server: Server): ElicitationTurn | null {
  const told = envelopeField(request, CLIENT_CAPABILITIES_META_KEY);
  const modes = modesOf(told ?? server.getClientCapabilities());
  const state = request.mcpReq.requestState();
  const { inputResponses: responses, method } = request.mcpReq;
  if (modes.length === 0 && state === undefined) return null;
  return { method, modes, responses, ...(typeof state === "string" ? { state } : {}) };
}

function modesOf(capabilities: unknown): ("form" | "url")[] {
  const elicitation = field(capabilities, "elicitation");
  if (typeof elicitation !== "object" || elicitation === null) return [];
  const modes = (["form", "url"] as const).filter((mode) => field(elicitation, mode) !== undefined);
  // Before modes had names the empty capability meant forms, and it still does.
  return modes.length === 0 ? ["form"] : modes;
}
