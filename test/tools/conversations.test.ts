import { expect, test } from "vitest";
import { conversationResource } from "../../src/resources/conversation.ts";
import { RESULT_CHARS } from "../../src/tools/limits.ts";
import { readConversation, renderConversation } from "../../src/tools/read-conversation.ts";
import { searchConversations } from "../../src/tools/search-conversations.ts";
import { callBy, fakeContext, PAGE, runText, TALK } from "./fake-context.ts";

test("search_conversations tells where to read on and how to resume", async () => {
  const context = fakeContext();
  expect(await runText(searchConversations, { query: "cart", project: "shop", since: "2026-01-01" }, context))
    .toMatchInlineSnapshot(`
    "1 hit for "cart"

    Fix the cart (shop, 2026-01-02T03:04:05.000Z, assistant, main, score 0.700)
    \`\`\`
    The cart was emptied twice.
    \`\`\`
    Read on: read_conversation sessionId s-1, around 12. Resume: cd /home/me/shop && claude --resume s-1

    Index: 3 files, 7 chunks, 100 % embedded, fresh; test embedder; sqlite"
  `);
  expect(context.asked.conversations).toEqual([{ query: "cart", project: "shop", since: "2026-01-01" }]);
});

test("search_conversations carries the same as data", async () => {
  const prepared = searchConversations.prepare({ query: "cart" });
  if (!prepared.ok) throw new Error("refused");
  const { data } = await (await prepared.call.stage(fakeContext(), callBy())).run("");
  expect(data).toMatchObject({ query: "cart", hits: [TALK] });
});

test.each([
  ["fresh", "Try other words, or drop a filter."],
  ["updating", "They are still being read: ask again in a few seconds."],
] as const)(
  "search_conversations says what to do where nothing is found in an index that is %s",
  async (freshness, says) => {
    const fake = fakeContext();
    const search = async (query: Parameters<typeof fake.conversations.search>[0], signal: AbortSignal) => {
      const answer = await fake.conversations.search(query, signal);
      return { ...answer, hits: [], index: { ...answer.index, freshness } };
    };
    const context = fakeContext({}, { conversations: { ...fake.conversations, search } });
    expect(await runText(searchConversations, { query: "cart" }, context)).toContain(says);
  },
);

test("read_conversation shows messages in order, with what lies before and after", async () => {
  const context = fakeContext();
  expect(await runText(readConversation, { sessionId: "s-1", around: 12, limit: 2 }, context)).toMatchInlineSnapshot(`
    "Fix the cart (shop, /home/me/shop, main, 2026-01-02T00:00:00.000Z to 2026-01-03T00:00:00.000Z, its log is gone)

    (2 messages before)

    [user, line 3, 2026-01-02T00:00:00.000Z]
    Why is the cart empty?

    [assistant, line 4]
    It was emptied twice.

    (5 messages after: go on with around 6)"
  `);
  expect(context.asked.pages).toEqual([{ sessionId: "s-1", around: 12, limit: 2 }]);
});

test("read_conversation says where a message is not that the page was to be laid around", async () => {
  const context = fakeContext();
  const missed = await runText(readConversation, { sessionId: "s-1", around: "u\u001b[2J" }, context);
  expect(missed).toMatch(/^There is no message u\S*\[2J in it: this is its beginning\.\n\nFix the cart/);
  expect(missed).not.toContain("\u001b");
  expect(await runText(readConversation, { sessionId: "s-1", around: 12 }, context)).toMatch(/^Fix the cart/);
});

test.each([
  [{}],
  [{ sessionId: "" }],
  [{ sessionId: "s", around: 0 }],
  [{ sessionId: "s", limit: 201 }],
  [{ sessionId: 7 }],
])("read_conversation refuses %j", (args) => {
  expect(readConversation.prepare(args).ok).toBe(false);
});

test("a long page is cut between messages and says where to go on", () => {
  const turns = Array.from({ length: 30 }, (_, index) => ({
    role: "user",
    timestamp: "",
    line: index + 1,
    text: "x".repeat(3_000),
  }));
  const shown = renderConversation({ ...PAGE, turns });
  expect(shown.length).toBeLessThan(RESULT_CHARS + 1_000);
  expect(shown).toMatch(/\(cut here: go on with around 1[0-9]\)/);
  const giant = renderConversation({
    ...PAGE,
    turns: [{ role: "user", timestamp: "", line: 1, text: "y".repeat(RESULT_CHARS * 2) }],
  });
  expect(giant.length).toBeLessThan(RESULT_CHARS + 1_000);
  expect(giant).toContain("yyy");
});

test.each([
  ["s-1", { sessionId: "s-1" }],
  ["s-1/12", { sessionId: "s-1", around: 12 }],
  ["../s-1", null],
  ["s-1/x", null],
  ["", null],
])("conversation://%s", async (rest, request) => {
  const context = fakeContext();
  const found = await conversationResource.read(rest, context, callBy());
  expect(context.asked.pages).toEqual(request === null ? [] : [request]);
  expect(found === null).toBe(request === null);
});
