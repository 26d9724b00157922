import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StateReport } from "../../src/app/state.ts";
import type { ConversationHit, SearchAnswer } from "../../src/search/answer.ts";
import { assistantLine, userLine } from "../transcripts/make-log.ts";
import { runHere } from "../cli/in-process.ts";
import { CLI, Sandbox } from "./run-cli.ts";

/** What may lie in a folder of logs, each with what has to be said of it; null where nothing is wrong. */
const BAD: readonly (readonly [name: string, content: string | Buffer, problem: RegExp | null])[] = [
  ["truncated", `${userLine("hello").slice(0, 40)}\n`, /cut off/],
  ["binary", Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 256)), /no record/],
  ["nuls", "\0\0\0\0\n\0{}\n", /1 no text; 2 /],
  [
    "invalid-utf8",
    Buffer.concat([Buffer.from('{"type":"user","x":"'), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from('"}\n')]),
    null,
  ],
  ["deep", `{"type":"user","message":{"role":"user","content":${"[".repeat(200_000)}\n`, /cut off/],
  ["deep-closed", `{"type":"user","message":{"content":${"[".repeat(99_999)}${"]".repeat(99_999)}}}\n`, null],
  ["array", "[1,2,3]\n", /no record/],
  ["scalars", 'null\n"text"\n7\ntrue\n', /no record/],
  ["trailing", `${userLine("x")} {"more":1}\n`, /after the record/],
  ["long-message", `${userLine("word ".repeat(200_000))}\n`, null],
  ["huge-line", `${toolResult(50_000_000)}\n`, null],
  ["too-huge-line", `${toolResult(70_000_000)}\n`, /longer than/],
  ["empty", "", null],
  ["blank", "\n\n  \n\r\n", null],
];

function toolResult(length: number): string {
  return userLine([{ type: "tool_result", tool_use_id: "t", content: "x".repeat(length) }]);
}

/** Every field of a record as every type that JSON has. */
function wrongTypes(): string {
  const values = [null, true, 0, -1, 1e308, "", "text", [], [[]], {}, { a: 1 }];
  const fields = [
    "type",
    "uuid",
    "sessionId",
    "cwd",
    "gitBranch",
    "timestamp",
    "isSidechain",
    "message",
    "content",
    "attachment",
  ];
  const lines = fields.flatMap((field) =>
    values.map((value) => {
      const record: Record<string, unknown> = JSON.parse(userLine(`words of ${field}`)) as Record<string, unknown>;
      if (field === "content") record["message"] = { role: "user", content: value };
      else record[field] = value;
      return JSON.stringify(record);
    }),
  );
  return `${lines.join("\n")}\n`;
}

let sandbox: Sandbox;
let folder: string;
beforeEach(() => {
  sandbox = new Sandbox();
  folder = path.join(sandbox.root, ".claude", "projects", "-p");
  mkdirSync(folder, { recursive: true });
});
afterEach(() => sandbox[Symbol.dispose]());

const log = (name: string, content: string | Buffer) => writeFileSync(path.join(folder, `${name}.jsonl`), content);

it(
  "reads on past whatever lies between good lines, and tells each place with its reason",
  { timeout: 120_000 },
  async () => {
    for (const [name, content] of BAD) {
      log(name, Buffer.concat([Buffer.from(content), Buffer.from(`\n${userLine(`zeppelin in ${name}`)}\n`)]));
    }
    log("types", `${wrongTypes()}${userLine("zeppelin in types")}\n`);
    const times = [
      "9999-12-31T23:59:59Z",
      "+275760-09-13T00:00:00Z",
      "-271821-04-20T00:00:00Z",
      "0000-00-00",
      "soon",
      5,
    ];
    const timed = times.map((timestamp) => userLine("a time", { extra: { timestamp } }));
    log("times", `${timed.join("\n")}\n${userLine("zeppelin in times")}\n`);
    log(
      "no-newline",
      `${userLine("question")}\n${assistantLine("m", { type: "text", text: "zeppelin in no-newline" })}`,
    );
    mkdirSync(path.join(folder, "a-directory.jsonl"));
    symlinkSync("nowhere", path.join(folder, "dangling.jsonl"));
    symlinkSync("..", path.join(folder, "loop"));
    if (process.platform !== "win32") execFileSync("mkfifo", [path.join(folder, "pipe.jsonl")]);

    const imported = await sandbox.run(["watch", "--once"], { LOG_LEVEL: "info" });
    expect(imported.code).toBe(0);
    const names = [...BAD.map(([name]) => name), "types", "times", "no-newline"];
    const { state } = await sandbox.json<{ readonly state: StateReport }>(["status"]);
    expect(state.logs.map(({ path: place }) => path.basename(place, ".jsonl")).toSorted()).toEqual(names.toSorted());
    for (const name of names) {
      // The word stands in the good line alone.
      const asked = ["search", "--in", "conversations", "zeppelin", "--session", name, "--limit", "5", "--json"];
      const { stdout } = await runHere(asked, { cwd: sandbox.project, env: sandbox.env() });
      const { hits } = JSON.parse(stdout) as SearchAnswer<ConversationHit>;
      expect(
        hits.some(({ text }) => text.includes("zeppelin")),
        name,
      ).toBe(true);
    }
    for (const [name, , problem] of BAD) {
      const state_ = state.logs.find(({ path: place }) => place.endsWith(`/${name}.jsonl`));
      const told = state_?.problems.map(({ line, reason }) => `${line} ${reason}`).join("; ") ?? "";
      if (problem === null) expect(told, name).toBe("");
      else expect(told, name).toMatch(problem);
      // Said where people look while it happens, too.
      if (problem !== null) expect(imported.stderr).toMatch(new RegExp(`skipped.*/${name}\\.jsonl`));
    }
  },
);

/** A user without rights, where this process may become one and that one may run the program. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const canRun =
  process.platform !== "win32" && spawnSync(process.execPath, [CLI, "--version"], { ...nobody, env: {} }).status === 0;

it.skipIf(!canRun)("names what may not be read, and reads the rest", async () => {
  log("good", `${userLine("zeppelin")}\n`);
  log("locked", `${userLine("secret")}\n`);
  const closed = path.join(path.dirname(folder), "-closed");
  mkdirSync(closed);
  writeFileSync(path.join(closed, "s.jsonl"), `${userLine("secret")}\n`);
  for (const place of ["", ...readdirSync(sandbox.root, { recursive: true }).map(String)]) {
    if (nobody.uid !== undefined) chownSync(path.join(sandbox.root, place), nobody.uid, nobody.gid);
  }
  chmodSync(path.join(folder, "locked.jsonl"), 0);
  chmodSync(closed, 0);
  const child = spawn(process.execPath, [CLI, "watch", "--once"], {
    cwd: sandbox.project,
    env: sandbox.env(),
    ...nobody,
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  chmodSync(closed, 0o700);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toMatch(/locked\.jsonl.*EACCES/);
  expect(stderr).toMatch(/-closed.*EACCES/);
  const { stdout } = await sandbox.run(["search", "--in", "conversations", "zeppelin", "--json"]);
  expect(stdout).toContain('"sessionId": "good"');
});
