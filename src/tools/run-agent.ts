import { z } from "zod";
import { defineTool } from "./tool.ts";

/** Hands a task to a specialist. */
export const runAgent = defineTool({
  name: "run_agent",
  title: "Run a specialist",
  access: "read",
  actsThroughTools: true,
  description:
    "Hands a task to a specialist that works with these same tools in a context of its own and answers with its result: " +
    "`ask` answers questions, `architect` plans, `debug` finds causes, `coder` changes code, `orchestrator` splits a larger " +
    "task among them. It knows nothing of this conversation: give it goal, facts, places and limits. Whatever it writes or " +
    "runs asks the user first, like any call. It uses the language model that the user configured, and takes minutes.",
  input: z.object({
    role: z
      .enum(["orchestrator", "coder", "architect", "debug", "ask"])
      .describe("The specialist; chosen by the task when left out.")
      .exactOptional(),
    task: z.string().trim().min(1).max(100_000).describe("What to do, with all that it needs to know."),
    session: z
      .string()
      .max(64)
      .describe("`session` of a former answer, to go on with it; its role is kept.")
      .exactOptional(),
  }),
  output: z.object({
    role: z.string(),
    text: z.string(),
    isFinished: z.boolean(),
    session: z.string(),
    steps: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    model: z.string(),
  }),
  examples: [
    {
      says: "A question",
      arguments: { role: "ask", task: "How are failed requests retried, and where is it tested?" },
    },
    { says: "Chosen by the task", arguments: { task: "Plan how to add a --since flag to the search verb" } },
  ],
  cli: "codelab-mcp agent ROLE TASK",
  searchHint: "subagent, delegate, specialist, plan, debug, code",
  run: async (request, { agents }, call) => {
    const report = await agents.run(request, call);
    const { role, text, session, steps, inputTokens, outputTokens, model } = report;
    const cost = `${steps} steps, ${inputTokens} + ${outputTokens} tokens of ${model}`;
    return { text: [text, `(${role}, ${cost}; session ${session})`], data: { ...report } };
  },
});
