import type { Tool as ListedTool } from "@modelcontextprotocol/server";
import { z } from "zod";
import { CLIENT_RESULT_CHARS } from "../tools/limits.ts";
import type { Tool } from "../tools/tool.ts";

/** A tool as `tools/list` tells it. The annotations are nothing but its access in the protocol's words. */
export function listTool(tool: Tool): ListedTool {
  const { name, title, description, access, destructive, actsThroughTools = false } = tool;
  return {
    name,
    title,
    description,
    inputSchema: objectSchema(tool.input, "input"),
    ...(tool.output === undefined ? {} : { outputSchema: objectSchema(tool.output, "output") }),
    annotations: {
      title,
      readOnlyHint: access === "read" && !actsThroughTools,
      destructiveHint: destructive || actsThroughTools,
      idempotentHint: access === "read" && !actsThroughTools,
      openWorldHint: access === "execute" || actsThroughTools,
    },
    _meta: {
      "anthropic/maxResultSizeChars": CLIENT_RESULT_CHARS,
      ...(tool.alwaysLoad === true ? { "anthropic/alwaysLoad": true } : {}),
      ...(tool.searchHint === undefined ? {} : { "anthropic/searchHint": tool.searchHint }),
    },
  };
}

function objectSchema(schema: z.ZodObject, io: "input" | "output"): ListedTool["inputSchema"] {
  const { $schema: _dialect, ...json } = z.toJSONSchema(io === "input" ? schema.strict() : schema, { io });
  // A round through text leaves plain JSON, which is what the protocol's type asks for.
  const plain: ListedTool["inputSchema"] = JSON.parse(JSON.stringify({ ...json, type: "object" }));
  return plain;
}
