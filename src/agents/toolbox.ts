import { z } from "zod";
import type { Tool } from "../tools/tool.ts";
import type { ChatTool } from "./llm/chat.ts";
import type { Role } from "./role.ts";

/** Name of the tool by which a role hands work to another. */
export const DELEGATE = "delegate";

/** The tools that a role's model is told of: those of the server that the role may use, and `delegate`. */
export function toolboxOf(role: Role, roles: readonly Role[], tools: readonly Tool[]): ChatTool[] {
  const allowed = new Set(role.tools);
  const own = tools
    .filter(({ name }) => allowed.has(name))
    .map(({ name, description, input }) => ({ name, description, schema: schemaOf(input) }));
  const others = roles.filter(({ name }) => role.delegates.includes(name));
  return others.length === 0 ? own : [...own, delegateTool(others)];
}

/** What `delegate` takes. */
export const delegation = z.object({ role: z.string(), task: z.string().min(1).max(100_000) });

function delegateTool(others: readonly Role[]): ChatTool {
  const lines = others.map(({ name, description }) => `- ${name}: ${description}`);
  return {
    name: DELEGATE,
    description: `Hands a task to a specialist and returns its answer. The specialists:\n${lines.join("\n")}`,
    schema: {
      type: "object",
      properties: {
        role: { type: "string", enum: others.map(({ name }) => name) },
        task: {
          type: "string",
          description: "All that it needs to know: goal, facts, places, limits, form of the answer.",
        },
      },
      required: ["role", "task"],
      additionalProperties: false,
    },
  };
}

function schemaOf(input: z.ZodObject): Record<string, unknown> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(input.strict(), { io: "input" });
  return schema;
}
