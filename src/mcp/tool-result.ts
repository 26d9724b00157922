import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Outcome } from "./outcome.ts";

/** An outcome in the protocol's words. Text only, and data where there is some: older clients know no other blocks. */
export function toCallToolResult({ blocks, data, isError }: Outcome): CallToolResult {
  return {
    content: blocks.map((text) => ({ type: "text", text })),
    ...(data === undefined ? {} : { structuredContent: { ...data } }),
    ...(isError ? { isError } : {}),
  };
}
