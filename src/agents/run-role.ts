import { UserError } from "../errors.ts";
import type { Tool } from "../tools/tool.ts";
import type { CallResult, ChatMessage, ChatModel, ToolCall } from "./llm/chat.ts";
import type { Role } from "./role.ts";
import type { Budget, SessionLog } from "./session.ts";
import { DELEGATE, delegation, toolboxOf } from "./toolbox.ts";

/** What an agent does while it works, for whoever watches. */
export type AgentEvent =
  | { readonly kind: "said"; readonly role: string; readonly text: string }
  | { readonly kind: "called"; readonly role: string; readonly tool: string; readonly arguments: unknown }
  | {
      readonly kind: "answered";
      readonly role: string;
      readonly tool: string;
      readonly isError: boolean;
      readonly text: string;
    };

export interface AgentParts {
  readonly roles: readonly Role[];
  readonly tools: readonly Tool[];
  readonly modelFor: (role: Role) => ChatModel;
  /** Runs a tool on the one path of every call, gate included. */
  readonly callTool: (name: string, args: unknown, role: Role) => Promise<Omit<CallResult, "callId">>;
  /** What every role is told of where it works. */
  readonly setting: string;
  readonly budget: Budget;
  readonly signal: AbortSignal;
  readonly onEvent: (event: AgentEvent) => void;
}

export interface AgentAnswer {
  readonly text: string;
  /** Whether it ended by itself, rather than because its budget was spent. */
  readonly isFinished: boolean;
}

/** Most tokens of one answer: a file of a thousand lines fits. */
const ANSWER_TOKENS = 16_000;
/** Longest result of a tool that a model is shown, in characters; tools page what is longer. */
const RESULT_CHARS = 40_000;
const FORGETS_NOTHING: SessionLog = { append: () => {} };

/**
 * Lets a role work on a conversation until it answers without calling a tool, or its budget is spent.
 * @throws UserError `agent.*` when the model fails; the signal's reason when it aborts
 */
export async function runRole(
  role: Role,
  messages: readonly ChatMessage[],
  parts: AgentParts,
  log: SessionLog = FORGETS_NOTHING,
): Promise<AgentAnswer> {
  const { budget, signal, onEvent } = parts;
  const model = parts.modelFor(role);
  const tools = toolboxOf(role, parts.roles, parts.tools);
  const system = `${role.prompt}\n\n${parts.setting}`;
  const said = [...messages];
  const say = (message: ChatMessage) => {
    said.push(message);
    log.append(message);
  };
  for (;;) {
    const spent = budget.spent;
    if (spent !== null) return { text: unfinished(spent, said), isFinished: false };
    const reply = await model.complete({ system, messages: said, tools, maxTokens: ANSWER_TOKENS }, signal);
    budget.take(reply.usage);
    const { text, calls, isCut } = reply;
    if (text !== "") onEvent({ kind: "said", role: role.name, text });
    // A call that was cut off has no end to its arguments: it is not run, and the model is told.
    if (isCut && calls.length > 0) {
      say({ role: "assistant", text, calls });
      say({ role: "tool", results: calls.map(({ id }) => ({ callId: id, text: CUT, isError: true })) });
      continue;
    }
    say({ role: "assistant", text, calls });
    if (calls.length === 0)
      return { text: isCut ? `${text}\n\n(The answer was cut at its longest.)` : text, isFinished: !isCut };
    const results: CallResult[] = [];
    for (const call of calls) results.push({ callId: call.id, ...(await perform(call, role, parts)) });
    say({ role: "tool", results });
  }
}

const CUT =
  "Your answer reached its longest before this call was complete, so it was not run. Make it in smaller parts.";

async function perform(call: ToolCall, role: Role, parts: AgentParts): Promise<Omit<CallResult, "callId">> {
  parts.signal.throwIfAborted();
  parts.onEvent({ kind: "called", role: role.name, tool: call.name, arguments: call.arguments });
  const result = await answerTo(call, role, parts);
  parts.onEvent({ kind: "answered", role: role.name, tool: call.name, ...result });
  const { text, isError } = result;
  if (text.length <= RESULT_CHARS) return result;
  const left = text.length - RESULT_CHARS;
  // Half of a character is no text: providers refuse the whole conversation for it.
  const shown = text.slice(0, RESULT_CHARS).replace(/[\uD800-\uDBFF]$/, "");
  return { text: `${shown}\n… ${left} more characters; ask for a smaller part.`, isError };
}

async function answerTo(call: ToolCall, role: Role, parts: AgentParts): Promise<Omit<CallResult, "callId">> {
  if (call.name === DELEGATE && role.delegates.length > 0) return await delegate(call.arguments, role, parts);
  // What a role was not given it does not get, whatever its model was talked into by the files it read.
  if (!role.tools.includes(call.name))
    return { text: `The ${role.name} has no tool ${JSON.stringify(call.name)}.`, isError: true };
  return await parts.callTool(call.name, call.arguments, role);
}

async function delegate(args: unknown, role: Role, parts: AgentParts): Promise<Omit<CallResult, "callId">> {
  const parsed = delegation.safeParse(args);
  const other = parts.roles.find(({ name }) => name === parsed.data?.role);
  if (!parsed.success || other === undefined || !role.delegates.includes(other.name))
    return { text: `Give a role (${role.delegates.join(", ")}) and a task.`, isError: true };
  try {
    const { text, isFinished } = await runRole(other, [{ role: "user", text: parsed.data.task }], parts);
    return { text, isError: !isFinished };
  } catch (error) {
    if (parts.signal.aborted || !(error instanceof UserError)) throw error;
    return { text: `The ${other.name} could not work: ${error.message}`, isError: true };
  }
}

function unfinished(spent: string, said: readonly ChatMessage[]): string {
  const last = said.findLast((message) => message.role === "assistant" && message.text !== "");
  const so = last?.role === "assistant" ? ` It last said:\n\n${last.text}` : "";
  return `Stopped: the budget of this run (${spent}) is spent before the task was done.${so}`;
}
