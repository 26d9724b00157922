import { maskSecrets } from "./mask-secrets.ts";
import { eachElement, membersAt, stringAt } from "./scan-json.ts";
import type { Span } from "./scan-json.ts";

/** What a tool call leaves behind: enough to find the session that touched a file or met an error. */
export interface ToolFact {
  readonly tool: string;
  /** File, command, pattern or description that the call was about; empty where it has none. */
  readonly target: string;
  /** The file it read or wrote. */
  readonly file: string | null;
  /** Head of the error it ended with. */
  readonly error: string | null;
}

/** The outcome of a tool call, where it is worth keeping. */
export interface ToolOutcome {
  readonly toolUseId: string;
  readonly error: string | null;
  /** The human's words that came with it: an answer to a question, or why a call was refused. */
  readonly said: string | null;
  /** A subagent's report. */
  readonly report: string | null;
}

/** Tools whose results are prose: answers of the human, reports of subagents. */
export type SpeakingTool = "answer" | "report";

/** How the result of a tool speaks; null for the many whose output is not kept. */
export function speakingTool(tool: string): SpeakingTool | null {
  if (tool === "AskUserQuestion") return "answer";
  return tool === "Task" || tool === "Agent" ? "report" : null;
}

/** The fact of a `tool_use` block, and prose that its input carries (a plan put before the human). */
export function readToolUse(
  bytes: Buffer,
  tool: string,
  input: Span | undefined,
): { readonly fact: ToolFact; readonly prose: string } {
  const fields = membersAt(bytes, input, INPUT_FIELDS);
  const field = (...names: readonly string[]) => {
    for (const name of names) {
      const value = stringAt(bytes, fields.get(name));
      if (value !== null && value !== "") return value;
    }
    return null;
  };
  const file = field("file_path", "notebook_path", "filePath");
  const command = field("command");
  // What a command is for, in words, finds it where the command itself would not.
  const described =
    command === null ? null : [field("description"), command].filter((part) => part !== null).join(": ");
  const target = file ?? described ?? field("pattern", "query", "url", "skill", "subject", "description", "path") ?? "";
  return {
    fact: { tool, target: shown(target, TARGET_CHARS), file, error: null },
    prose: field("plan") ?? "",
  };
}

/** What a `tool_result` block tells, given what its tool is known to answer; null when nothing of it is kept. */
export function readToolResult(
  bytes: Buffer,
  block: ReadonlyMap<string, Span>,
  isError: boolean,
  speaks: SpeakingTool | null,
): ToolOutcome | null {
  if (!isError && speaks === null) return null;
  const text = textOf(bytes, block.get("content"));
  const toolUseId = stringAt(bytes, block.get("tool_use_id")) ?? "";
  if (!isError) {
    return {
      toolUseId,
      error: null,
      said: speaks === "answer" ? text : null,
      report: speaks === "report" ? text : null,
    };
  }
  const refusal = /the user said:\s*([\s\S]+)/.exec(text)?.[1]?.trim() ?? null;
  return { toolUseId, error: refusal === null ? shown(text, ERROR_CHARS) : null, said: refusal, report: null };
}

/** The text of a content that is a string or a list of blocks. */
function textOf(bytes: Buffer, content: Span | undefined): string {
  if (content === undefined) return "";
  const text = stringAt(bytes, content);
  if (text !== null) return text;
  const parts: string[] = [];
  eachElement(bytes, content, (element) => {
    const part = stringAt(bytes, element) ?? stringAt(bytes, membersAt(bytes, element, TEXT_FIELD).get("text"));
    if (part !== null) parts.push(part);
  });
  return parts.join("\n");
}

/** One line without secrets. They are masked first: what gives one away, such as a URL's `@`, may be what is cut off. */
function shown(text: string, limit: number): string {
  return oneLine(maskSecrets(text.slice(0, limit * SEEN_OF_LIMIT)), limit);
}

/** White space folded, cut to `limit` characters without splitting a surrogate pair. */
export function oneLine(text: string, limit: number): string {
  const folded = text
    .slice(0, limit * 4)
    .replaceAll(/\s+/g, " ")
    .trim();
  if (folded.length <= limit) return folded;
  return `${folded.slice(0, limit).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

const TEXT_FIELD = new Set(["text"]);
const INPUT_FIELDS = new Set([
  "file_path",
  "notebook_path",
  "filePath",
  "command",
  "pattern",
  "path",
  "query",
  "url",
  "skill",
  "subject",
  "description",
  "plan",
]);
/** How much more of a text is looked at than is shown of it, since white space is folded. */
const SEEN_OF_LIMIT = 8;
/** Enough for a commit's message inside its command; an error is told by its first lines. */
const TARGET_CHARS = 600;
const ERROR_CHARS = 500;
