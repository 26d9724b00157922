import { z } from "zod";
import type { ConversationHit, SearchAnswer } from "../search/answer.ts";
import { conversationAnswer } from "./answer-schema.ts";
import { cursorField, limitField, maxTokensField, queryField } from "./fields.ts";
import { hitTokens } from "./limits.ts";
import { visibleLine } from "../visible.ts";
import { describeIndex, echoed, fence, heading } from "./render-answer.ts";
import { defineTool } from "./tool.ts";

const dateField = z.string().min(4).max(40);

/** Search of past conversations by meaning and by words. */
export const searchConversations = defineTool({
  name: "search_conversations",
  title: "Search conversations",
  access: "read",
  description:
    "Finds past conversations of the user with this coding agent, in all projects, by meaning and by words: how something " +
    "was fixed, what was decided and why, which session touched a file or met an error. Hits name their session; " +
    "read_conversation shows more of it. What is found stays readable after its log is gone. A score says how likely " +
    "a find is what was meant, of all that was found; the project at hand counts twice, today 1.5 times as much as long ago.",
  input: z.object({
    query: queryField,
    limit: limitField.exactOptional(),
    project: z.string().min(1).max(1_000).describe("Only this project, as hits name it.").exactOptional(),
    sessionId: z.string().min(1).max(200).describe("Only this session.").exactOptional(),
    gitBranch: z.string().min(1).max(500).describe("Only on this branch.").exactOptional(),
    file: z
      .string()
      .min(1)
      .max(1_000)
      .describe("Only exchanges that read or wrote this file, such as `auth.ts`.")
      .exactOptional(),
    since: dateField
      .describe("Not before this time, ISO 8601 such as `2026-01-31`, or a time ago such as `7d`, `24h`, `2w`.")
      .exactOptional(),
    until: dateField.describe("Not after this time, ISO 8601; a day counts whole.").exactOptional(),
    cursor: cursorField.exactOptional(),
    maxTokens: maxTokensField("no bound but `limit`").exactOptional(),
  }),
  output: conversationAnswer,
  examples: [
    { says: "How was it solved?", arguments: { query: "flaky websocket test, how did we fix it" } },
    { says: "Recently, in one project", arguments: { query: "ENOSPC", project: "shop", since: "2026-01-01" } },
  ],
  cli: "codelab-mcp search --in conversations QUERY",
  searchHint: "chat history, past sessions, what did we decide, memory",
  run: async (input, { conversations }, { signal }) => {
    const { maxTokens } = input;
    const bound = maxTokens === undefined ? {} : { maxTokens: hitTokens(maxTokens) };
    const answer = await conversations.search({ ...input, ...bound }, signal);
    return { text: renderAnswer(answer), data: { ...answer, hits: answer.hits.map((hit) => ({ ...hit })) } };
  },
});

function renderAnswer({ query, hits, nextCursor, notice, index }: SearchAnswer<ConversationHit>): string {
  const count = `${hits.length} ${hits.length === 1 ? "hit" : "hits"} for ${echoed(query)}`;
  const elsewhere =
    index.freshness === "fresh"
      ? "Try other words, or drop a filter."
      : "They are still being read: ask again in a few seconds.";
  return [
    hits.length === 0 ? `No conversation matches ${echoed(query)}. ${elsewhere}` : count,
    ...hits.map(renderHit),
    ...(nextCursor === undefined ? [] : [`More: call again with cursor ${JSON.stringify(nextCursor)}`]),
    ...(notice === undefined ? [] : [`Note: ${visibleLine(notice)}`]),
    describeIndex(index),
  ].join("\n\n");
}

function renderHit(hit: ConversationHit): string {
  const { sessionId, project, timestamp, role, title, gitBranch, isSubagent, agentId, firstLine, score, text } = hit;
  const facts = [project, timestamp, role, gitBranch, isSubagent ? "subagent" : null, `score ${score.toFixed(3)}`];
  return [
    `${heading(title ?? "Untitled")} (${visibleLine(facts.filter((fact) => fact !== null && fact !== "").join(", "))})`,
    fence(text),
    `Read on: read_conversation sessionId ${sessionId}${agentId === null ? "" : `, agentId ${agentId}`}, around ${firstLine}. ` +
      (hit.resume === null ? "Its log is gone: it can be read, not resumed." : `Resume: ${hit.resume}`),
  ].join("\n");
}
