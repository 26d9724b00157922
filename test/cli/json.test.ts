import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERBS } from "../../src/cli/verbs.ts";
import { Desk } from "./in-process.ts";

let desk: Desk;
beforeAll(async () => {
  desk = new Desk({
    ".git/HEAD": "ref: refs/heads/main\n",
    "src/basket.ts": "/** Adds up a basket. */\nexport function total() {}\n",
    "q.jsonl": `{"id":"1","query":"basket","relevant":[{"path":"src/basket.ts"}]}\n`,
  });
  desk.writeLog("s-1", "how do we add up the basket");
  await desk.run(["index"]);
});
afterAll(() => desk[Symbol.dispose]());

/** For each verb that ends by itself, a call of it and what a script finds in its JSON. */
const CALLS: Readonly<Record<string, readonly (readonly [args: readonly string[], has: unknown])[]>> = {
  index: [
    [["index"], { files: 2, indexed: 0, removed: 0, embeddedPercent: 0, conversations: { imported: 0 } }],
    [["index", "--no-conversations", "--full"], { files: 2, conversations: null }],
  ],
  search: [
    [
      ["search", "basket"],
      { query: "basket", index: { files: 2, freshness: "fresh" }, hits: expect.any(Array) as object },
    ],
    [["search", "basket", "--in", "conversations"], { hits: [{ sessionId: "s-1", project: "shop" }, {}] }],
  ],
  forget: [[["forget", "--project", "nobody"], { sessions: [], logs: 0, chunks: 0, dryRun: false }]],
  watch: [[["watch", "--once"], { code: { files: 2 }, conversations: { imported: 0 } }]],
  embeddings: [[["embeddings", "--print-config", "roo"], { client: "roo", config: expect.any(String) as string }]],
  agent: [[["agent", "--list"], []]],
  services: [
    [["services", "status", "watcher"], { services: [{ name: "watcher", state: "stopped", managed: false }] }],
  ],
  install: [
    [["install", "claude-code", "--print"], { client: "claude-code", scope: "project", files: [{ action: "create" }] }],
  ],
  approvals: [
    [["approvals"], []],
    [["approvals", "grants"], []],
    [["approvals", "revoke"], { revoked: 0 }],
  ],
  policy: [
    [["policy"], { file: expect.stringContaining("policy.json") as string, policy: expect.any(Object) as object }],
    [["policy", "explain", "read_file", '{"path":"q.jsonl"}'], { verdict: "allow", reason: "it changes nothing" }],
  ],
  audit: [
    [["audit"], []],
    [["audit", "verify"], { ok: true, entries: 0 }],
  ],
  undo: [[["undo", "--list"], []]],
  status: [
    [
      ["status"],
      { code: { files: 2, chunks: 2 }, behind: { changed: 0, removed: 0 }, state: { logs: [{ lines: 2 }] } },
    ],
  ],
  store: [
    [
      ["store"],
      [
        { kind: "code", chunks: 2, server: null },
        { kind: "conversations", server: null },
      ],
    ],
    [["store", "plan"], { vectors: 1_000_000, dimensions: 384, advice: expect.any(String) as string }],
  ],
  eval: [[["eval", "q.jsonl"], expect.any(Object)]],
  models: [[["models"], expect.arrayContaining([expect.objectContaining({ isDefault: true })])]],
};

describe("--json", () => {
  it("is tried for every verb but those that only serve, or judge the machine", () => {
    const left = VERBS.map(({ name }) => name).filter((name) => !(name in CALLS));
    expect(left).toEqual(["serve", "doctor"]);
  });

  it.each(Object.values(CALLS).flat())("%j prints one JSON value and nothing else", async (args, has) => {
    const words = args.map((word) => (word === "q.jsonl" ? path.join(desk.project, word) : word));
    const { code, stdout, stderr } = await desk.run([...words, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/error|bug/) as string });
    const value: unknown = JSON.parse(stdout);
    expect(value).toEqual(
      Array.isArray(has) ? has.map((each: object) => expect.objectContaining(each) as object) : expect.anything(),
    );
    if (!Array.isArray(has)) expect(value).toMatchObject(has as object);
    // Before the words or after them: where a flag stands does not matter.
    const [verb = "", ...rest] = words;
    const first = await desk.run([verb, "--json", ...rest]);
    expect(Object.keys(JSON.parse(first.stdout) as object)).toEqual(Object.keys(value as object));
  });

  it("of doctor says what is broken, and how to mend it", async () => {
    const { code, stdout } = await desk.run(["doctor", "--json"]);
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: { verdict: string; subject: string }[] };
    expect(code).toBe(ok ? 0 : 1);
    expect(findings.some(({ verdict }) => verdict === "broken")).toBe(!ok);
    expect(new Set(findings.map(({ subject }) => subject)).size).toBe(findings.length);
  });

  it("of a verb that fails is an error with a code of a known family", async () => {
    const families =
      /^(request|permission|approval|workspace|index|embedding|store|conversation|agent|service)\.[a-z-]+$/;
    for (const { name } of VERBS) {
      const { code, stdout } = await desk.run([
        name,
        "--json",
        "--log-level",
        "loud",
        ...(name === "eval" ? ["x"] : ["install", "search"].includes(name) ? ["cursor"] : []),
      ]);
      expect({ name, code }).toEqual({ name, code: 1 });
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint?: string } };
      expect(error.code).toMatch(families);
      expect(error.message).toMatch(/--log-level|"loud"/);
    }
  });
});

describe("eval", () => {
  it("scores nothing where nothing is indexed", async () => {
    const question = { id: "1", query: "where is it", relevant: [{ path: "a.ts" }] };
    using other = new Desk({ "a.ts": "export const it = 1;", "q.jsonl": JSON.stringify(question) });
    expect(await other.run(["eval", path.join(other.project, "q.jsonl")])).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^error: Nothing is indexed of .*\nhint: Run `codelab-mcp index` first\.\n$/,
      ) as string,
    });
  });
});

describe("eval of answers that are not there", () => {
  it("names them, since no search could find them", async () => {
    const question = (id: string, file: string) => JSON.stringify({ id, query: "it", relevant: [{ path: file }] });
    const lines = [
      question("1", "a.ts"),
      question("2", "b.bin"),
      question("3", "no\u001b[2J.ts"),
      question("4", "x/a.ts"),
    ];
    using other = new Desk({ "a.ts": "export const it = 1;", "b.bin": "\0\0", "q.jsonl": lines.join("\n") });
    await other.run(["index"]);
    const file = path.join(other.project, "q.jsonl");
    const { code, stderr } = await other.run(["eval", file]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^note: 3 paths of answers are not in the index.*: b\.bin, no.*\[2J\.ts, x\/a\.ts\n$/),
    ]);
    expect(stderr).not.toContain("\u001b");
    const report: unknown = JSON.parse((await other.run(["eval", file, "--json"])).stdout);
    expect(report).toMatchObject({ missing: ["b.bin", "no\u001b[2J.ts", "x/a.ts"] });
  });
});

describe("status", () => {
  it("tells what differs on disk, in words and in JSON, and that an index is still to be made", async () => {
    using other = new Desk({ "a.ts": "1", "b.ts": "2", "c.ts": "3" });
    const before = await other.run(["status"]);
    expect(before.stdout).toMatch(/freshness +not indexed yet\n/);
    expect(before.stderr).toContain("hint: run `codelab-mcp index`");
    await other.run(["index"]);
    expect((await other.run(["status"])).stdout).toMatch(/freshness +fresh\n/);
    writeFileSync(path.join(other.project, "a.ts"), "changed");
    writeFileSync(path.join(other.project, "d.ts"), "new");
    mkdirSync(path.join(other.project, "c.d"));
    const { stdout, stderr } = await other.run(["status"]);
    expect(stdout).toMatch(/freshness +stale: 2 files new or changed; `codelab-mcp index` brings it up to date\n/);
    expect(stderr).toBe("");
    expect(await other.json(["status"])).toMatchObject({ behind: { changed: 2, removed: 0 }, memory: null });
  });
});

describe("audit export", () => {
  it("prints one JSON object a line, with --json or without", async () => {
    for (const flags of [[], ["--json"]]) {
      const { code, stdout } = await desk.run(["audit", "export", ...flags]);
      expect(code).toBe(0);
      for (const line of stdout.split("\n").filter(Boolean)) expect(JSON.parse(line)).toBeTypeOf("object");
    }
  });
});
