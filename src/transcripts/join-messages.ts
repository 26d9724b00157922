import { cleanProse } from "./clean-prose.ts";
import { maskSecrets } from "./mask-secrets.ts";
import type { Message } from "./message.ts";
import type { LogRecord, MessageContent, RecordBase } from "./read-record.ts";
import type { SpeakingTool, ToolFact } from "./tool-facts.ts";

/** Where joining stands: the message still being written and what must be remembered of former ones. Plain data. */
export interface JoinProgress {
  pending: Message | null;
  afterBoundary: boolean;
  lastTime: number;
  cwd: string | null;
  gitBranch: string | null;
  /** Digests of recent records, by which one written twice is recognised: those of late, and those before them. */
  seen: Record<string, true>;
  seenBefore: Record<string, true>;
  seenCount: number;
  duplicates: number;
  /** Calls whose results will be prose. */
  speaking: [id: string, kind: SpeakingTool][];
}

/** Before the first record. */
export function newJoin(): JoinProgress {
  return {
    pending: null,
    afterBoundary: false,
    lastTime: 0,
    cwd: null,
    gitBranch: null,
    seen: {},
    seenBefore: {},
    seenCount: 0,
    duplicates: 0,
    speaking: [],
  };
}

/** Takes in one record; returns the messages that this record showed to be complete, in order. */
export function joinRecord(
  join: JoinProgress,
  record: Extract<LogRecord, { readonly kind: "message" }>,
  line: number,
): Message[] {
  const { base, content } = record;
  if (isDuplicate(join, base, content)) return [];
  join.speaking.push(...content.speaking);
  if (join.speaking.length > MAX_SPEAKING) join.speaking.splice(0, join.speaking.length - MAX_SPEAKING);
  if (base.cwd !== "") join.cwd = maskSecrets(base.cwd);
  if (base.gitBranch !== "") join.gitBranch = maskSecrets(base.gitBranch);
  join.lastTime = base.time ?? join.lastTime;
  if (content.isMeta) return [];

  const complete: Message[] = [];
  const outcome = outcomePart(join, base, content, line);
  // Errors and reports belong to the answer that made the calls, which is the one before them.
  if (outcome !== null) append(join, outcome, (pending) => pending.role === "assistant", complete);
  const part = messagePart(join, base, content, line);
  if (part !== null) {
    append(join, part, ({ messageId }) => messageId !== "" && messageId === part.messageId, complete);
  }
  return complete;
}

function append(join: JoinProgress, part: Message, belongs: (pending: Message) => boolean, complete: Message[]): void {
  const { pending } = join;
  if (pending !== null && belongs(pending)) {
    join.pending = joined(pending, part);
    return;
  }
  if (pending !== null) complete.push(pending);
  join.pending = part;
  join.afterBoundary = false;
}

/** The last message, once the log has ended. */
export function finishJoin(join: JoinProgress): Message | null {
  const { pending } = join;
  join.pending = null;
  return pending;
}

/** The message that a record is or begins; null when it says nothing by itself. */
function messagePart(join: JoinProgress, base: RecordBase, content: MessageContent, line: number): Message | null {
  const prose = content.role === "user" ? cleanProse(content.text) : { text: content.text.trim(), shellCommand: null };
  const said = content.outcomes.flatMap((outcome) => (outcome.said === null ? [] : [outcome.said]));
  const text = paragraphs([prose.text, ...said].map(maskSecrets));
  const tools = content.tools.map(maskTool);
  if (prose.shellCommand !== null) tools.push(fact("Shell", maskSecrets(prose.shellCommand), null));
  if (text === "" && tools.length === 0) return null;
  return { ...frame(join, base, line), role: content.role, messageId: content.messageId, text, tools };
}

/** What the results in a record add to the answer that asked for them; null when they add nothing. */
function outcomePart(join: JoinProgress, base: RecordBase, { outcomes }: MessageContent, line: number): Message | null {
  const tools = outcomes.flatMap(({ error }) => (error === null ? [] : [fact("", "", error)]));
  const reports = outcomes.flatMap(({ report }) =>
    report === null ? [] : [`Subagent reported: ${maskSecrets(report)}`],
  );
  if (tools.length === 0 && reports.length === 0) return null;
  return { ...frame(join, base, line), role: "assistant", messageId: "", text: paragraphs(reports), tools };
}

function frame(join: JoinProgress, base: RecordBase, line: number) {
  return {
    stream: base.isSidechain ? base.agentId || "side" : "",
    uuid: base.uuid,
    time: join.lastTime,
    cwd: join.cwd,
    gitBranch: join.gitBranch,
    line,
    endLine: line,
    afterBoundary: join.afterBoundary,
  };
}

function joined(pending: Message, part: Message): Message {
  return {
    ...pending,
    text: paragraphs([pending.text, part.text]),
    tools: [...pending.tools, ...part.tools],
    endLine: part.line,
  };
}

function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}

/** A call or an error that stands for itself; the words given are masked already. */
function fact(tool: string, target: string, error: string | null): ToolFact {
  return { tool, target, file: null, error };
}

function maskTool(fact: ToolFact): ToolFact {
  return { ...fact, file: fact.file === null ? null : maskSecrets(fact.file) };
}

/** A fork or resume may write a record again; the same uuid with other content is not the same record. */
function isDuplicate(join: JoinProgress, { uuid }: RecordBase, content: MessageContent): boolean {
  if (uuid === "") return false;
  const calls = content.tools.map(({ tool, target }) => `${tool} ${target}`);
  const results = content.outcomes.map(({ error, said, report }) => error ?? said ?? report ?? "");
  const key = digestOf([uuid, content.text, ...calls, ...results].join("\0"));
  if (key in join.seen || key in join.seenBefore) {
    join.duplicates += 1;
    return true;
  }
  join.seen[key] = true;
  join.seenCount += 1;
  if (join.seenCount >= GENERATION) {
    join.seenBefore = join.seen;
    join.seen = {};
    join.seenCount = 0;
  }
  return false;
}

/** 64 bits of FNV-1a in two halves: no secret depends on it, and it is taken of every record. */
function digestOf(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x01000193);
  }
  return `k${(low >>> 0).toString(36)}${(high >>> 0).toString(36)}`;
}

/** Records remembered in one generation; two are kept, so that between one and two thousand are known. */
const GENERATION = 1000;
const MAX_SPEAKING = 64;
