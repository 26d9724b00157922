import { z } from "zod";
import type { Proposal } from "../approval/proposal.ts";
import type { ApprovedCall, Call, DataResult, Preview, TextResult, ToolResult } from "./call.ts";
import type { ToolContext } from "./context.ts";

/** What a tool may do; annotations, the gate, rate limits and documentation follow from it. */
export type Access = "read" | "write" | "execute";

interface Definition<Input extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** At most 2,048 characters reach the model. */
  readonly description: string;
  readonly input: Input;
  /** Calls that a reader of the documentation can copy. */
  readonly examples: readonly { readonly says: string; readonly arguments: z.input<Input> }[];
  /** The command line that does the same, such as `codelab-mcp search QUERY`. */
  readonly cli?: string;
  /** In the model's context from the start, where a client would otherwise load tools on demand. */
  readonly alwaysLoad?: boolean;
  /** Words under which a client's tool search should find it. */
  readonly searchHint?: string;
  /** Whether a call counts against the hourly quota of file operations. */
  readonly countsAsFileOperation?: boolean;
  /** Whether it does nothing itself, but may call tools that do, each through its own gate. */
  readonly actsThroughTools?: boolean;
}

interface ReadTool<Input extends z.ZodObject> extends Definition<Input> {
  readonly access: "read";
}

interface GatedTool<Input extends z.ZodObject, Plan> extends Definition<Input> {
  readonly access: "write" | "execute";
  /** False for tools that only add. Default true. */
  readonly destructive?: boolean;
  /** What to do for calls that only look, or end what this tool began; null for all that need a human's yes. */
  readonly withoutAsking?: (
    input: z.output<Input>,
  ) => ((context: ToolContext, call: Call) => Promise<TextResult>) | null;
  /** Finds out what the call would do, without doing it; the plan is all that `run` gets. */
  readonly preview: (input: z.output<Input>, context: ToolContext, call: Call) => Promise<Preview<Plan>>;
}

interface Output<Schema, Subject, Result, CallOfTool = Call> {
  readonly output?: Schema;
  readonly run: (subject: Subject, context: ToolContext, call: CallOfTool) => Promise<Result>;
}

/** A tool as the rest of the program sees it: its facts, and a way to a call that is ready to run. */
export interface Tool extends Definition<z.ZodObject> {
  readonly access: Access;
  readonly destructive: boolean;
  readonly output: z.ZodObject | undefined;
  readonly prepare: (args: unknown) => Prepared;
}

export type Prepared =
  | { readonly ok: true; readonly call: PreparedCall }
  | { readonly ok: false; readonly unknown: readonly string[]; readonly issues: readonly z.core.$ZodIssue[] };

/** A call whose arguments passed the schema. */
export interface PreparedCall {
  /** The arguments that an approval is bound to. */
  readonly input: Readonly<Record<string, unknown>>;
  /** A pending approval to use. */
  readonly approvalId: string | undefined;
  /** Whether a human must allow it. */
  readonly isGated: boolean;
  /** Finds out what would be done, and does nothing yet. */
  readonly stage: (context: ToolContext, call: Call) => Promise<Staged>;
}

/** A read that is ready, or an act that waits for its approval and does what `proposal` says, or refuses. */
export type Staged =
  | { readonly proposal: null; readonly run: () => Promise<ToolResult> }
  | { readonly proposal: Proposal; readonly run: (approval: string) => Promise<ToolResult> };

/** Defines a tool that answers with text and changes nothing. */
export function defineTool<Input extends z.ZodObject>(
  tool: ReadTool<Input> & Output<undefined, z.output<Input>, TextResult>,
): Tool;
/** Defines a tool that answers with data and changes nothing. */
export function defineTool<Input extends z.ZodObject, Data extends z.ZodObject>(
  tool: ReadTool<Input> & Output<Data, z.output<Input>, DataResult<z.output<Data>>> & { readonly output: Data },
): Tool;
/** Defines a tool that a human is asked about first. */
export function defineTool<Input extends z.ZodObject, Plan>(
  tool: GatedTool<Input, Plan> & Output<undefined, Plan, TextResult, ApprovedCall>,
): Tool;
export function defineTool<Input extends z.ZodObject, Plan>(tool: AnyTool<Input, Plan>): Tool {
  const input = tool.access === "read" ? tool.input : tool.input.extend(approvalFields);
  return {
    ...tool,
    input,
    output: tool.output,
    destructive: tool.access !== "read" && tool.destructive !== false,
    prepare: (args = {}) => {
      const parsed = tool.input.safeParse(args);
      const approval = tool.access === "read" ? undefined : approvalSchema.safeParse(args);
      // zod drops arguments that nobody reads; for the caller they are a mistake that silence would hide.
      const unknown = keysOf(args).filter((key) => !Object.hasOwn(input.shape, key));
      const issues = [...(parsed.error?.issues ?? []), ...(parsed.success ? (approval?.error?.issues ?? []) : [])];
      if (!parsed.success || unknown.length > 0 || issues.length > 0) return { ok: false, unknown, issues };
      const approvalId = approval?.data?.approvalId;
      const value = parsed.data;
      const free = tool.access === "read" ? null : (tool.withoutAsking?.(value) ?? null);
      const isGated = tool.access !== "read" && free === null;
      const ready = async (context: ToolContext, call: Call): Promise<Staged> =>
        free === null ? await stage(tool, value, context, call) : { proposal: null, run: () => free(context, call) };
      return { ok: true, call: { input: value, approvalId, isGated, stage: ready } };
    },
  };
}

function keysOf(args: unknown): string[] {
  return typeof args === "object" && args !== null ? Object.keys(args) : [];
}

/** What every gated tool takes besides its own arguments; never part of what an approval is bound to. */
const approvalFields = {
  approvalId: z
    .string()
    .min(1)
    .max(200)
    .describe("Id of a pending approval from a former answer, to use it once a human has approved.")
    .exactOptional(),
};

const approvalSchema = z.object(approvalFields);

type AnyTool<Input extends z.ZodObject, Plan> =
  | (ReadTool<Input> & Output<z.ZodObject | undefined, z.output<Input>, ToolResult>)
  | (GatedTool<Input, Plan> & Output<z.ZodObject | undefined, Plan, ToolResult, ApprovedCall>);

async function stage<Input extends z.ZodObject, Plan>(
  tool: AnyTool<Input, Plan>,
  input: z.output<Input>,
  context: ToolContext,
  call: Call,
): Promise<Staged> {
  if (tool.access === "read") {
    return { proposal: null, run: async () => conforming(tool.output, await tool.run(input, context, call)) };
  }
  const { proposal, plan } = await tool.preview(input, context, call);
  return { proposal, run: (approval) => tool.run(plan, context, { ...call, approval }) };
}

/** Clients hold an answer against the schema they were told and refuse all of it for one field more. */
function conforming(output: z.ZodObject | undefined, result: ToolResult): ToolResult {
  return output === undefined || !("data" in result) ? result : { ...result, data: output.parse(result.data) };
}
