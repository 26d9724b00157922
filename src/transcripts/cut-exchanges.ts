import { baseName } from "../base-name.ts";
import type { ExchangeChunk, Turn } from "./exchange-chunk.ts";
import type { Message } from "./message.ts";
import { renderBody } from "./message.ts";
import { SPEAKERS, digestOf, passagesOf } from "./passages.ts";
import type { SessionProgress } from "./session-facts.ts";
import { splitText } from "./split-text.ts";
import type { TextLimit } from "./split-text.ts";

/** How conversations are cut. The same options and the same log give the same chunks, however the log arrived. */
export interface CutOptions extends TextLimit {
  /** Most messages with words in one chunk. */
  readonly chunkSize: number;
}

interface Piece extends Omit<Turn, "start"> {
  readonly endLine: number;
  readonly body: string;
  /** How much of the body is prose, in UTF-16 units; tool calls and errors follow. */
  readonly prose: number;
  readonly files: readonly string[];
  readonly stream: string;
  readonly cwd: string | null;
  readonly gitBranch: string | null;
}

/** Where cutting stands: the chunk that may still grow. Plain data. */
export interface CutProgress {
  open: Piece[];
  tokens: number;
  worded: number;
  closed: number;
}

/** Before the first message. */
export function newCut(): CutProgress {
  return { open: [], tokens: 0, worded: 0, closed: 0 };
}

/** Adds a complete message; the chunks that it closed go to `out`. */
export function addMessage(
  cut: CutProgress,
  message: Message,
  session: SessionProgress,
  options: CutOptions,
  out: ExchangeChunk[],
): void {
  const body = renderBody(message);
  const budget = Math.max(1, options.maxTokens - MARKER_TOKENS);
  const tokens = options.measure(body);
  if (mustCut(cut, message, tokens, options)) closeChunk(cut, session, options, out);
  const bodies = tokens <= budget ? [body] : splitText(body, { maxTokens: budget, measure: options.measure });
  let start = 0;
  for (const [index, part] of bodies.entries()) {
    if (index > 0) closeChunk(cut, session, options, out);
    const prose = Math.max(0, Math.min(part.length, message.text.length - start));
    start += part.length;
    cut.open.push(toPiece(message, part, prose, index > 0));
    cut.tokens += (bodies.length === 1 ? tokens : options.measure(part)) + MARKER_TOKENS;
    if (message.text !== "") cut.worded += 1;
  }
}

/** Closes the open chunk, if there is one. */
export function closeChunk(cut: CutProgress, session: SessionProgress, limit: TextLimit, out: ExchangeChunk[]): void {
  if (cut.open.length === 0) return;
  out.push(toChunk(cut.open, cut.tokens, session, limit));
  cut.open = [];
  cut.tokens = 0;
  cut.worded = 0;
  cut.closed += 1;
}

function mustCut(cut: CutProgress, message: Message, tokens: number, options: CutOptions): boolean {
  const last = cut.open.at(-1);
  if (last === undefined) return false;
  if (message.afterBoundary || message.stream !== last.stream) return true;
  if ((message.role === "summary") !== (last.role === "summary")) return true;
  if (message.time > 0 && last.time > 0 && message.time - last.time > GAP_MS) return true;
  if (message.text !== "" && cut.worded >= options.chunkSize) return true;
  if (cut.tokens + tokens + MARKER_TOKENS > options.maxTokens) return true;
  // From an answer to the next question: a natural place, taken once the chunk says enough to stand by itself.
  return message.role === "user" && last.role === "assistant" && cut.tokens >= options.maxTokens * TURN_SHARE;
}

function toPiece(message: Message, body: string, prose: number, continued: boolean): Piece {
  const { role, uuid, time, line, endLine, stream, cwd, gitBranch } = message;
  const files = message.tools.flatMap(({ file }) => (file === null ? [] : [file]));
  return { role, uuid, time, line, endLine, stream, cwd, gitBranch, body, prose, files, continued };
}

function toChunk(pieces: readonly Piece[], tokens: number, session: SessionProgress, limit: TextLimit): ExchangeChunk {
  const { text, turns } = render(pieces);
  const passages = passagesOf(pieces, limit);
  const first = pieces[0];
  const last = pieces.at(-1);
  const files = [...new Set(pieces.flatMap((piece) => piece.files))];
  const times = pieces.map(({ time }) => time).filter((time) => time > 0);
  return {
    startLine: first?.line ?? 1,
    endLine: Math.max(...pieces.map(({ endLine }) => endLine)),
    text,
    language: "conversation",
    kind: "exchange",
    // The overview bears the title: here it would count as said in every exchange, and find those that say nothing of it.
    symbol: null,
    defines: [...new Set(files.map(baseName))],
    vectorKey: digestOf(passages.length === 0 ? [text] : passages.map(({ vectorKey }) => vectorKey)),
    embedText: null,
    ...(passages.length > 0 && { passages }),
    session: {
      sessionId: session.sessionId,
      project: session.project,
      gitBranch: last?.gitBranch ?? null,
      cwd: last?.cwd ?? null,
      role: first?.role ?? "user",
      isSubagent: session.agentId !== null || first?.stream !== "",
      startedAt: times.length === 0 ? 0 : Math.min(...times),
      endedAt: times.length === 0 ? 0 : Math.max(...times),
      details: {
        agentId: session.agentId ?? (first?.stream || null),
        messages: pieces.length,
        tokens,
        uuids: [...new Set(pieces.map(({ uuid }) => uuid).filter((uuid) => uuid !== ""))],
        files,
        turns,
      },
    },
  };
}

/** The messages in order, each change of speaker marked. */
function render(pieces: readonly Piece[]): { readonly text: string; readonly turns: readonly Turn[] } {
  let text = "";
  let speaker = "";
  const turns: Turn[] = [];
  for (const { role, uuid, time, line, continued, body } of pieces) {
    if (text !== "") text += role === speaker ? "\n" : "\n\n";
    if (role !== speaker) text += `${SPEAKERS[role]}: `;
    speaker = role;
    turns.push({ role, uuid, time, line, start: text.length, continued });
    text += body;
  }
  return { text, turns };
}

const MARKER_TOKENS = 4;
const GAP_MS = 30 * 60_000;
/** A chunk shorter than this share of the limit goes on past a new question. */
const TURN_SHARE = 0.25;
