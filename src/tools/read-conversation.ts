import { z } from "zod";
import { resumeCommand } from "../resume-command.ts";
import type { ConversationPage } from "./conversation-ports.ts";
import { RESULT_CHARS } from "./limits.ts";
import { heading } from "./render-answer.ts";
import { visibleLine } from "../visible.ts";
import { defineTool } from "./tool.ts";

const TURNS = { default: 20, max: 200 } as const;

/** A page of a past conversation. */
export const readConversation = defineTool({
  name: "read_conversation",
  title: "Read a conversation",
  access: "read",
  description:
    "Shows a page of a past conversation that search_conversations found: messages in order, tool calls as one line each. " +
    "`around` lays the page around a hit.",
  input: z.object({
    sessionId: z.string().min(1).max(200).describe("Session of a hit."),
    around: z
      .union([z.int().min(1), z.string().min(1).max(200)])
      .describe("A line of its log, such as a hit's `firstLine`, or a message's uuid; its beginning when left out.")
      .exactOptional(),
    limit: z
      .int()
      .min(1)
      .max(TURNS.max)
      .describe(`Most messages, 1 to ${TURNS.max}; ${TURNS.default} when left out.`)
      .exactOptional(),
    agentId: z.string().min(1).max(200).describe("A subagent's log instead of the session's own.").exactOptional(),
  }),
  examples: [{ says: "Around a hit", arguments: { sessionId: "5f0e7c1a-0000-4000-8000-000000000000", around: 120 } }],
  searchHint: "chat history, transcript, past session",
  run: async (input, { conversations }) => {
    const page = await conversations.read(input);
    const isMissed = typeof input.around === "string" && page.asked === null;
    const missed = `There is no message ${visibleLine(String(input.around))} in it: this is its beginning.\n\n`;
    return { text: `${isMissed ? missed : ""}${renderConversation(page)}` };
  },
});

/**
 * A page as text, cut between messages where it would be too long for a client: before the message that was asked for as
 * far as it takes to show that one, and behind it.
 */
export function renderConversation(page: ConversationPage): string {
  const { session, after } = page;
  const skipped = skippedOf(page);
  const turns = page.turns.slice(skipped).map((turn) => ({ line: turn.line, text: renderTurn(turn) }));
  const before = page.before + skipped;
  const { title, project, cwd, gitBranch, startedAt, endedAt, logExists, sessionId } = session;
  const when = startedAt === 0 ? null : `${iso(startedAt)} to ${iso(endedAt)}`;
  const facts = [project, cwd, gitBranch, when, logExists ? null : "its log is gone"].filter((fact) => fact !== null);
  const resume = logExists ? [`Resume: ${resumeCommand(cwd, sessionId)}`] : [];
  const head = [`${heading(title ?? "Untitled")} (${visibleLine(facts.join(", "))})`, ...resume].join("\n");
  const shown: string[] = [];
  let length = 0;
  for (const { text } of turns) {
    if (shown.length > 0 && length + text.length > RESULT_CHARS) break;
    shown.push(text);
    length += text.length + 2;
  }
  const next = turns[shown.length] ?? null;
  return [
    head,
    ...(before === 0 ? [] : [`(${before} messages before)`]),
    ...shown,
    ...(next !== null ? [`(cut here: go on with around ${next.line})`] : []),
    ...(after === 0
      ? []
      : [next === null ? `(${after} messages after: go on with around ${page.next})` : `(${after} messages after)`]),
  ].join("\n\n");
}

/** How many messages of a page give way, so that the one that was asked for is shown. */
function skippedOf({ turns, asked }: ConversationPage): number {
  let first = asked ?? 0;
  let room = RESULT_CHARS;
  for (let at = first; at >= 0; at--) {
    const turn = turns[at];
    room -= turn === undefined ? 0 : renderTurn(turn).length + 2;
    if (room < 0) break;
    first = at;
  }
  return first;
}

/** A message; one that is longer than a whole answer is shown as far as that goes, which is better than nothing. */
function renderTurn({ role, timestamp, line, text }: ConversationPage["turns"][number]): string {
  const turn = `[${role}, line ${line}${timestamp === "" ? "" : `, ${timestamp}`}]\n${text.trim()}`;
  if (turn.length <= RESULT_CHARS) return turn;
  const kept = turn.slice(0, RESULT_CHARS).replace(/[\uD800-\uDBFF]$/, "");
  return `${kept}\n(${turn.length - kept.length} characters more in this message)`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
