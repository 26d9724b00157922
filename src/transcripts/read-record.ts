import { MALFORMED, eachElement, eachMember, isObjectAt, isTrueAt, membersAt, stringAt } from "./scan-json.ts";
import type { Span } from "./scan-json.ts";
import { readToolResult, readToolUse, speakingTool } from "./tool-facts.ts";
import type { SpeakingTool, ToolFact, ToolOutcome } from "./tool-facts.ts";

/** One line of a log, as far as it matters. `type` is the record's own word for itself. */
export type LogRecord =
  | { readonly kind: "message"; readonly type: string; readonly base: RecordBase; readonly content: MessageContent }
  | { readonly kind: "title"; readonly type: string; readonly title: string; readonly rank: TitleRank }
  | { readonly kind: "boundary"; readonly type: string }
  | { readonly kind: "link"; readonly type: string; readonly url: string }
  | { readonly kind: "silent"; readonly type: string }
  | { readonly kind: "unknown"; readonly type: string }
  | { readonly kind: "corrupt"; readonly type: ""; readonly reason: string };

/** Which title wins: the human's own over a generated one over a summary. */
export type TitleRank = "custom" | "generated" | "summary";

export interface RecordBase {
  readonly uuid: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly cwd: string;
  readonly gitBranch: string;
  readonly isSidechain: boolean;
  /** Milliseconds since the epoch; null when missing or unreadable. */
  readonly time: number | null;
}

export interface MessageContent {
  readonly role: "user" | "assistant" | "summary";
  /** Written by the machine in the human's name: not indexed. */
  readonly isMeta: boolean;
  /** The provider's message that this line is a part of; empty for the human's. */
  readonly messageId: string;
  readonly text: string;
  readonly tools: readonly ToolFact[];
  readonly outcomes: readonly ToolOutcome[];
  /** Calls whose results will be prose, by tool use id. */
  readonly speaking: ReadonlyMap<string, SpeakingTool>;
}

/** Reads one line. `speaks` tells what an earlier call's result is worth. Never throws. */
export function readRecord(bytes: Buffer, speaks: (toolUseId: string) => SpeakingTool | null): LogRecord {
  const line = bytes.indexOf(BYTE_ORDER_MARK) === 0 ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
  const fields = new Map<string, Span>();
  let silent = "";
  const end = eachMember(line, 0, (key, value) => {
    if (!RECORD_FIELDS.has(key)) return true;
    fields.set(key, value);
    if (key !== "type") return true;
    const type = stringAt(line, value) ?? "";
    if (SILENT_TYPES.has(type)) silent = type;
    return silent === "";
  });
  if (end === MALFORMED) return { kind: "corrupt", type: "", reason: reasonOf(line) };
  if (silent !== "") return { kind: "silent", type: silent };
  if (line.subarray(end).some((byte) => byte > 0x20)) {
    return { kind: "corrupt", type: "", reason: "text after the record" };
  }
  return classify(line, fields, speaks);
}

function classify(
  line: Buffer,
  fields: ReadonlyMap<string, Span>,
  speaks: (toolUseId: string) => SpeakingTool | null,
): LogRecord {
  const text = (name: string) => stringAt(line, fields.get(name)) ?? "";
  const type = text("type");
  switch (type) {
    case "user":
    case "assistant":
      return { kind: "message", type, base: readBase(line, fields), content: readMessage(line, fields, type, speaks) };
    case "summary":
      return { kind: "title", type, title: text("summary"), rank: "summary" };
    case "ai-title":
    case "custom-title": {
      const title = text("title") || text("customTitle") || text("aiTitle");
      return { kind: "title", type, title, rank: type === "custom-title" ? "custom" : "generated" };
    }
    case "pr-link":
      return { kind: "link", type, url: text("prUrl") || text("url") };
    case "attachment":
      return readAttachment(line, fields, type);
    case "system": {
      const subtype = text("subtype");
      if (subtype === "compact_boundary") return { kind: "boundary", type: "system" };
      return { kind: "silent", type: "system" };
    }
    default:
      return readUntyped(line, fields, type, speaks);
  }
}

/** Early logs have no `type` at top level; a message with a role is a message all the same. */
function readUntyped(
  line: Buffer,
  fields: ReadonlyMap<string, Span>,
  type: string,
  speaks: (toolUseId: string) => SpeakingTool | null,
): LogRecord {
  const role = type === "" ? stringAt(line, membersAt(line, fields.get("message"), ROLE_FIELD).get("role")) : null;
  if (role !== "user" && role !== "assistant") return { kind: "unknown", type: type === "" ? "(none)" : type };
  return {
    kind: "message",
    type: role,
    base: readBase(line, fields),
    content: readMessage(line, fields, role, speaks),
  };
}

function readBase(line: Buffer, fields: ReadonlyMap<string, Span>): RecordBase {
  const text = (name: string) => stringAt(line, fields.get(name)) ?? "";
  const time = Date.parse(text("timestamp"));
  return {
    uuid: text("uuid"),
    sessionId: text("sessionId"),
    agentId: text("agentId"),
    cwd: text("cwd"),
    gitBranch: text("gitBranch"),
    isSidechain: isTrueAt(line, fields.get("isSidechain")),
    time: Number.isNaN(time) ? null : time,
  };
}

/** A prompt typed while a tool ran is kept as an attachment; the other attachments are the machine's. */
function readAttachment(line: Buffer, fields: ReadonlyMap<string, Span>, type: string): LogRecord {
  const attachment = membersAt(line, fields.get("attachment"), ATTACHMENT_FIELDS);
  if (stringAt(line, attachment.get("type")) !== "queued_command") return { kind: "silent", type };
  const content = emptyContent("user", isTrueAt(line, attachment.get("isMeta")));
  const text = stringAt(line, attachment.get("prompt")) ?? blocksText(line, attachment.get("prompt"));
  return { kind: "message", type, base: readBase(line, fields), content: { ...content, text } };
}

function blocksText(line: Buffer, span: Span | undefined): string {
  const parts: string[] = [];
  if (span !== undefined) {
    eachElement(line, span, (element) => {
      parts.push(stringAt(line, membersAt(line, element, BLOCK_FIELDS).get("text")) ?? "");
    });
  }
  return parts.join("\n\n");
}

function readMessage(
  line: Buffer,
  fields: ReadonlyMap<string, Span>,
  role: "user" | "assistant",
  speaks: (toolUseId: string) => SpeakingTool | null,
): MessageContent {
  const message = fields.get("message");
  const isSummary = isTrueAt(line, fields.get("isCompactSummary"));
  const isMeta = isTrueAt(line, fields.get("isMeta")) || isTrueAt(line, fields.get("isApiErrorMessage"));
  const base = emptyContent(isSummary ? "summary" : role, isMeta && !isSummary);
  if (!isObjectAt(line, message)) return { ...base, text: stringAt(line, message) ?? "" };
  const parts = membersAt(line, message, MESSAGE_FIELDS);
  const messageId = role === "assistant" ? (stringAt(line, parts.get("id")) ?? "") : "";
  const content = parts.get("content");
  const text = stringAt(line, content);
  if (text !== null || content === undefined) return { ...base, messageId, text: text ?? "" };
  return { ...base, messageId, ...readBlocks(line, content, speaks) };
}

function readBlocks(line: Buffer, content: Span, speaks: (toolUseId: string) => SpeakingTool | null) {
  const texts: string[] = [];
  const tools: ToolFact[] = [];
  const outcomes: ToolOutcome[] = [];
  const speaking = new Map<string, SpeakingTool>();
  eachElement(line, content, (element) => {
    const bare = stringAt(line, element);
    if (bare !== null) texts.push(bare);
    const block = membersAt(line, element, BLOCK_FIELDS);
    const text = (name: string) => stringAt(line, block.get(name)) ?? "";
    const type = text("type");
    if (type === "tool_use" || type === "server_tool_use") {
      const { fact, prose } = readToolUse(line, text("name"), block.get("input"));
      tools.push(fact);
      if (prose !== "") texts.push(prose);
      const speech = speakingTool(fact.tool);
      if (speech !== null) speaking.set(text("id"), speech);
    } else if (type === "tool_result") {
      const outcome = readToolResult(line, block, isTrueAt(line, block.get("is_error")), speaks(text("tool_use_id")));
      if (outcome !== null) outcomes.push(outcome);
    } else if (type === "image" || type === "document") {
      texts.push(`[${type}]`);
    } else if (text("text") !== "") {
      texts.push(text("text"));
    }
  });
  return { text: texts.join("\n\n"), tools, outcomes, speaking };
}

function emptyContent(role: MessageContent["role"], isMeta: boolean): MessageContent {
  return { role, isMeta, messageId: "", text: "", tools: [], outcomes: [], speaking: new Map() };
}

function reasonOf(line: Buffer): string {
  const first = line.find((byte) => byte > 0x20);
  if (first === undefined) return "no text";
  return first === 0x7b ? "cut off or broken" : "no record";
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Types that carry no prose: known, counted, and not read beyond their type. */
const SILENT_TYPES: ReadonlySet<string> = new Set([
  "progress",
  "file-history-snapshot",
  "queue-operation",
  "agent-name",
  "agent-setting",
  "permission-mode",
  "mode",
  "last-prompt",
  "bridge-session",
  "cost-state",
]);
const RECORD_FIELDS: ReadonlySet<string> = new Set([
  "type",
  "subtype",
  "uuid",
  "sessionId",
  "agentId",
  "cwd",
  "gitBranch",
  "isSidechain",
  "timestamp",
  "isMeta",
  "isCompactSummary",
  "isApiErrorMessage",
  "message",
  "summary",
  "title",
  "customTitle",
  "aiTitle",
  "prUrl",
  "url",
  "attachment",
]);
const MESSAGE_FIELDS: ReadonlySet<string> = new Set(["id", "content"]);
const ROLE_FIELD: ReadonlySet<string> = new Set(["role"]);
const ATTACHMENT_FIELDS: ReadonlySet<string> = new Set(["type", "prompt", "isMeta"]);
const BLOCK_FIELDS: ReadonlySet<string> = new Set([
  "type",
  "text",
  "id",
  "name",
  "input",
  "tool_use_id",
  "content",
  "is_error",
]);
