import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { listAll } from "./list-all.ts";
import { readTranscript } from "../../src/transcripts/read-transcript.ts";
import { OPTIONS } from "./make-log.ts";

const FIXTURES = path.join(import.meta.dirname, "../fixtures/transcripts");

async function read(name: string) {
  const { files } = await listAll([FIXTURES]);
  const file = files.find((candidate) => candidate.path.endsWith(name));
  if (file === undefined) throw new Error(`no fixture ${name}`);
  return await readTranscript(file, null, OPTIONS);
}

test("a log with every type of record becomes exchanges and an overview", async () => {
  const { chunks, session } = await read("111111111111.jsonl");
  expect(chunks.map(({ startLine, endLine, text }) => `${startLine}-${endLine} ${text}`).join("\n=====\n"))
    .toMatchInlineSnapshot(`
      "11-18 User: Users cannot log in since the update. Look at src/auth.ts please.

      Assistant: I will read the authentication module.
      [Read] /home/dev/shop/src/auth.ts
      [Bash] Run the tests: npm test -- auth
      [error] Exit code 1 Error: ENOSPC: no space left on device, write
      =====
      20-24 User: also check the session cookie

      Assistant: The cookie lost its SameSite attribute. The token was [masked github token].
      [AskUserQuestion]

      User: User has answered your questions: "Lax or Strict?"="Lax, because of the payment redirect"

      Assistant: [Edit] /home/dev/shop/src/cookie.ts
      =====
      25-36 User: keep the old attribute for Safari

      Assistant: Subagent reported: There are three cookies: sid, csrf and theme.
      [Task] Survey cookies

      User: Here is a screenshot.

      [image]
      [Shell] git status --short
      /plan a migration of the cookie table

      Assistant: # Plan
      1. Add a column for SameSite.
      [ExitPlanMode]
      =====
      38-38 Summary: This session is being continued from a previous conversation. The cookie lost its SameSite attribute.
      =====
      39-39 User: Now write the migration.
      =====
      40-41 User: Back from lunch: is the migration done?

      Assistant: Yes, 0042_samesite.sql is written.
      =====
      42-43 User: Examine package.json

      Assistant: It has two scripts.
      =====
      1-52 Session: Login cookie and SameSite
      Login keeps failing after an update
      Fix the login cookie
      Asked: Users cannot log in since the update. Look at src/auth.ts please.
      https://example.com/shop/pull/7
      Files: src/auth.ts src/cookie.ts"
    `);
  expect(session).toMatchObject({
    sessionId: "11111111-1111-4111-8111-111111111111",
    agentId: null,
    project: "shop",
    title: "Login cookie and SameSite",
    gitBranch: "fix/login",
    unknownTypes: { hologram: 1 },
    corruptLines: 0,
  });
});

test("what is not prose is nowhere in the chunks", async () => {
  const { chunks } = await read("111111111111.jsonl");
  const everything = JSON.stringify(chunks);
  for (const absent of [
    "never-indexed",
    "reminder",
    "ghp_",
    "Caveat",
    "Cleared",
    "/clear",
    "overloaded",
    "queued text",
  ]) {
    expect(everything).not.toContain(absent);
  }
});

test("each chunk knows its session, its files, and where its messages are", async () => {
  const { chunks } = await read("111111111111.jsonl");
  const [first] = chunks;
  expect(first?.defines).toEqual(["auth.ts"]);
  expect(first?.session).toMatchObject({ project: "shop", cwd: "/home/dev/shop", role: "user", isSubagent: false });
  for (const chunk of chunks.filter(({ kind }) => kind === "exchange")) {
    const turns = chunk.session.details["turns"];
    if (!Array.isArray(turns)) throw new Error("turns expected");
    expect(turns.map(({ line }) => line)).toEqual(turns.map(({ line }) => line).toSorted((a, b) => a - b));
    expect(turns.every(({ start }) => start >= 0 && start < chunk.text.length)).toBe(true);
  }
});

test("a subagent's log belongs to its parent's session and names itself", async () => {
  const { chunks, session } = await read("agent-a1b2c3.jsonl");
  expect(session).toMatchObject({ sessionId: "11111111-1111-4111-8111-111111111111", agentId: "a1b2c3" });
  expect(chunks.every((chunk) => chunk.session.isSubagent)).toBe(true);
});

test("wrong types in every field, torn lines and early formats cost only what cannot be read", async () => {
  const { chunks, session, problems } = await read("222222222222.jsonl");
  expect(chunks[0]?.text).toMatchInlineSnapshot(`
    "User: first
    a bare message
    a bare block

    Assistant: without a type

    User: after a mark
    last line without an end"
  `);
  expect(session).toMatchObject({ messages: 6, corruptLines: 6, lines: 15, unknownTypes: { "(none)": 1 } });
  expect(problems).toMatchInlineSnapshot(`
    [
      {
        "line": 4,
        "reason": "no record",
      },
      {
        "line": 5,
        "reason": "no record",
      },
      {
        "line": 6,
        "reason": "no record",
      },
      {
        "line": 7,
        "reason": "no text",
      },
      {
        "line": 8,
        "reason": "cut off or broken",
      },
      {
        "line": 13,
        "reason": "text after the record",
      },
    ]
  `);
});

test("counts of records are those of an independent reader", async () => {
  for (const name of ["111111111111.jsonl", "222222222222.jsonl", "agent-a1b2c3.jsonl"]) {
    const { records, session } = await read(name);
    const counted: Record<string, number> = {};
    const { files } = await listAll([FIXTURES]);
    const place = files.find((file) => file.path.endsWith(name))?.path ?? "";
    for (const line of readFileSync(place, "utf8").split("\n")) {
      const type = typeOf(line);
      if (type !== null) counted[type] = (counted[type] ?? 0) + 1;
    }
    const { corrupt = 0, ...rest } = counted;
    expect({ records, corrupt: session.corruptLines }).toEqual({ records: rest, corrupt });
  }
});

/** What `JSON.parse` makes of a line: the record's type, `corrupt`, or null for a blank line. */
function typeOf(line: string): string | null {
  if (line.trim() === "") return null;
  try {
    const record = JSON.parse(line.replace(/^\uFEFF/, ""));
    if (typeof record !== "object" || record === null || Array.isArray(record)) return "corrupt";
    return typeof record.type === "string" ? record.type : (record.message?.role ?? "(none)");
  } catch {
    return "corrupt";
  }
}
