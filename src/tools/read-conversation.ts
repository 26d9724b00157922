import { z } from "zod";
import { resumeCommand } from "../resume-command.ts";
import type { ConversationPage } from "./conversation-ports.ts";
import { RESULT_CHARS } from "./limits.ts";
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
  run: async (input, { conversations }) => ({ text: renderConversation(await conversations.read(input)) }),
});

/** A page as text, cut between messages where it would be too long for a client. */
export function renderConversation({ session, turns, before, after }: ConversationPage): string {
  const { title, project, cwd, gitBranch, startedAt, endedAt, logExists, sessionId } = session;
  const when = startedAt === 0 ? null : `${iso(startedAt)} to ${iso(endedAt)}`;
  const facts = [project, cwd, gitBranch, when, logExists ? null : "its log is gone"].filter((fact) => fact !== null);
  const resume = logExists ? [`Resume: ${resumeCommand(cwd, sessionId)}`] : [];
  const head = [`${title ?? "Untitled"} (${facts.join(", ")})`, ...resume].join("\n");
  const shown: string[] = [];
  let length = head.length;
  let cut = false;
  for (const { role, timestamp, line, text } of turns) {
    const turn = `[${role}, line ${line}${timestamp === "" ? "" : `, ${timestamp}`}]\n${text.trim()}`;
    // A single message may be longer than a whole answer: its beginning is better than nothing.
    const fitting = shown.length === 0 ? turn.slice(0, RESULT_CHARS) : turn;
    if (length + fitting.length > RESULT_CHARS + head.length) {
      cut = true;
      break;
    }
    shown.push(fitting);
    length += fitting.length + 2;
  }
  const next = turns[shown.length] ?? null;
  return [
    head,
    ...(before === 0 ? [] : [`(${before} messages before)`]),
    ...shown,
    ...(cut && next !== null ? [`(cut here: go on with around ${next.line})`] : []),
    ...(after === 0 ? [] : [`(${after} messages after)`]),
  ].join("\n\n");
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
