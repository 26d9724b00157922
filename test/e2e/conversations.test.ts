import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StateReport } from "../../src/app/state.ts";
import type { HttpServer } from "../../src/http.ts";
import type { ConversationHit, SearchAnswer } from "../../src/search/answer.ts";
import { embeddingsEndpoint, embeddingsEnv } from "./embeddings-endpoint.ts";
import { Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox[Symbol.dispose]());

interface Said {
  readonly uuid: string;
  readonly text: string;
  readonly branch?: string;
  readonly file?: string;
}

/** Writes a log of one question and one answer for each entry. */
function logOf(sessionId: string, said: readonly Said[], cwd = sandbox.project): string {
  const folder = path.join(sandbox.root, ".claude", "projects", cwd.replaceAll(/[^\w]/g, "-"));
  mkdirSync(folder, { recursive: true });
  const lines = said.flatMap(({ uuid, text, branch = "main", file }) => {
    const base = { sessionId, cwd, gitBranch: branch, timestamp: "2026-11-20T10:00:00.000Z" };
    const use = file === undefined ? [] : [{ type: "tool_use", id: "t", name: "Edit", input: { file_path: file } }];
    return [
      { ...base, type: "user", uuid, message: { role: "user", content: text } },
      {
        ...base,
        type: "assistant",
        uuid: `${uuid}-a`,
        message: { id: `m-${uuid}`, role: "assistant", content: [{ type: "text", text: "Done." }, ...use] },
      },
    ];
  });
  const place = path.join(folder, `${sessionId}.jsonl`);
  writeFileSync(place, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return place;
}

async function sessions(...args: readonly string[]): Promise<string[]> {
  const { hits } = await sandbox.json<SearchAnswer<ConversationHit>>(["search", "--in", "conversations", ...args]);
  return [...new Set(hits.map(({ sessionId }) => sessionId))].toSorted();
}

/** Whether a text stands anywhere in what the program keeps. */
function isKept(text: string): boolean {
  return readdirSync(sandbox.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(path.join(entry.parentPath, entry.name)).includes(text));
}

it("narrows by project, session, branch, file and time, and says how to go on", async () => {
  const elsewhere = path.join(sandbox.root, "other");
  mkdirSync(elsewhere);
  logOf("s-main", [{ uuid: "1", text: "the login loops", file: path.join(sandbox.project, "src/auth.ts") }]);
  logOf("s-fix", [{ uuid: "2", text: "the login loops again", branch: "fix/login" }]);
  logOf("s-other", [{ uuid: "3", text: "the login elsewhere" }], elsewhere);
  expect(await sessions("login")).toEqual(["s-fix", "s-main", "s-other"]);
  expect(await sessions("login", "--branch", "fix/login")).toEqual(["s-fix"]);
  expect(await sessions("login", "--file", "auth.ts")).toEqual(["s-main"]);
  expect(await sessions("login", "--file", "src/auth.ts", "--branch", "fix/login")).toEqual([]);
  expect(await sessions("login", "--project", "other")).toEqual(["s-other"]);
  expect(await sessions("login", "--session", "s-fix")).toEqual(["s-fix"]);
  expect(await sessions("login", "--since", "2026-11-21")).toEqual([]);
  const nowhere = await sandbox.run(["search", "--in", "conversations", "login", "--project", "othre"]);
  expect(nowhere.stdout).toBe("Nothing found.\n");
  expect(nowhere.stderr).toContain("Did you mean other?");
  expect(nowhere.stderr).toContain("without --project");
  const first = await sandbox.json<SearchAnswer<ConversationHit>>(["search", "--in", "conversations", "login"]);
  // The project at hand comes first.
  expect(first.hits.at(-1)?.sessionId).toBe("s-other");
  expect(first.hits.at(-1)?.resume).toBe(`cd ${elsewhere} && claude --resume s-other`);
  rmSync(path.join(sandbox.root, ".claude"), { recursive: true });
  const later = await sandbox.json<SearchAnswer<ConversationHit>>(["search", "--in", "conversations", "login"]);
  expect(new Set(later.hits.map(({ resume }) => resume))).toEqual(new Set([null]));
  expect((await sandbox.run(["search", "--in", "conversations", "login"])).stdout).toContain("its log is gone");
});

it("tells the state of every log as the store keeps it", async () => {
  const log = logOf("s1", [{ uuid: "1", text: "first words" }]);
  appendFileSync(log, '{"type":"user","broken\n');
  await sandbox.run(["index"]);
  const { state } = await sandbox.json<{ readonly state: StateReport }>(["status"]);
  expect(state).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    lastScan: expect.any(String),
    collections: {
      code: { created: expect.any(String), lastScan: expect.any(String) },
      conversations: {
        created: expect.any(String),
        updated: expect.any(String),
        lastScan: expect.any(String),
        lastFullCheck: expect.any(String),
        files: 1,
        count: 2,
      },
    },
    logs: [
      {
        path: log,
        size: readFileSync(log).length,
        hash: expect.stringMatching(/^[\da-f]{64}$/),
        processed: expect.any(String),
        chunks: 2,
        lines: 3,
        corruptLines: 1,
        problems: [{ line: 3, reason: "cut off or broken" }],
        onDisk: true,
      },
    ],
  });
  await sandbox.run(["search", "--in", "conversations", "first"]);
  const again = await sandbox.json<{ readonly state: StateReport }>(["status"]);
  const { conversations } = again.state.collections;
  expect(Date.parse(conversations.lastScan ?? "")).toBeGreaterThan(
    Date.parse(state.collections.conversations.lastScan ?? ""),
  );
  expect({ ...conversations, lastScan: "" }).toEqual({ ...state.collections.conversations, lastScan: "" });
  expect(again.state.logs).toEqual(state.logs);
});

it("forgets for good: no byte of it stays, and the log is not imported again", async () => {
  await using endpoint: HttpServer = await embeddingsEndpoint();
  const env = embeddingsEnv(endpoint);
  const log = logOf("secret", [
    { uuid: "1", text: "the zeppelinserum recipe" },
    { uuid: "2", text: "more zeppelinserum" },
  ]);
  logOf("keeps", [{ uuid: "3", text: "an ordinary question" }]);
  expect((await sandbox.run(["index", "--conversations"], env)).code).toBe(0);
  // The open exchange is cut anew as the log grows: its former text lies in freed pages.
  appendFileSync(log, readFileSync(logOf("secret2", [{ uuid: "9", text: "zeppelinserum at last" }])));
  expect((await sandbox.run(["index", "--conversations"], env)).code).toBe(0);
  expect(isKept("zeppelinserum")).toBe(true);
  const dry = await sandbox.json(["forget", "--pattern", "ZeppelinSerum", "--dry-run"]);
  expect(dry).toMatchObject({ sessions: ["secret", "secret2"], dryRun: true, vectors: 0 });
  expect(isKept("zeppelinserum")).toBe(true);
  const done = await sandbox.json<{ vectors: number }>(["forget", "--pattern", "ZeppelinSerum"]);
  expect(done).toMatchObject({ sessions: ["secret", "secret2"], left: { chunks: 0, words: 0, vectors: 0 } });
  expect(done.vectors).toBeGreaterThan(0);
  expect(isKept("zeppelinserum")).toBe(false);
  appendFileSync(log, readFileSync(log));
  expect(await sessions("zeppelinserum")).toEqual([]);
  expect(isKept("zeppelinserum")).toBe(false);
  expect(await sessions("ordinary question")).toEqual(["keeps"]);
  expect((await sandbox.run(["forget"])).code).toBe(1);
  expect((await sandbox.run(["forget", "--older-than", "soon"])).stderr).toContain("is not a number of days");
});
