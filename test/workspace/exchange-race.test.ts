import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { applyWrite, planWrite } from "../../src/workspace/change-file.ts";
import { listFiles } from "../../src/workspace/list-files.ts";
import { readFile } from "../../src/workspace/read-file.ts";
import { readText } from "../../src/workspace/read-text.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { temporaryDirectory } from "./temporary.ts";

/** The attacker: exchanges a file, and a directory, for links to the outside and back as fast as it can. */
const ATTACKER = `
const fs = require("fs"); const [root, outside] = process.argv.slice(1);
const at = (name) => root + "/" + name;
fs.writeSync(1, "x");
for (;;) {
  try {
    fs.renameSync(at("a.ts"), at("a.was")); fs.symlinkSync(outside + "/a.ts", at("a.ts"));
    fs.renameSync(at("d"), at("d.was")); fs.symlinkSync(outside, at("d"));
    fs.unlinkSync(at("a.ts")); fs.renameSync(at("a.was"), at("a.ts"));
    fs.unlinkSync(at("d")); fs.renameSync(at("d.was"), at("d"));
  } catch { for (const n of ["a.ts", "d"]) try { if (fs.lstatSync(at(n)).isSymbolicLink()) fs.unlinkSync(at(n)); } catch {}
    for (const n of ["a.", "d."]) try { fs.renameSync(at(n + "was"), at(n === "a." ? "a.ts" : "d")); } catch {} }
}`;

const OPERATIONS = Number(process.env["CODELAB_RACE_OPERATIONS"] ?? 600);
const base = temporaryDirectory();
const root = path.join(base, "work");
const outside = path.join(base, "outside");
let attacker: ChildProcess | undefined;
afterAll(() => attacker?.kill("SIGKILL"));

const TITLE = "leaks nothing and writes nothing outside while files and directories are exchanged for links";

it(TITLE, { timeout: 1_800_000 }, async () => {
  for (const directory of [path.join(root, "d"), outside]) mkdirSync(directory, { recursive: true });
  for (const file of ["a.ts", "d/a.ts", "d/b.ts"]) writeFileSync(path.join(root, file), "inside");
  for (const file of ["a.ts", "b.ts", "secret-name.ts"]) writeFileSync(path.join(outside, file), "SECRET");
  const workspace = openWorkspace(root);
  attacker = spawn(process.execPath, ["-e", ATTACKER, root, outside], { stdio: ["ignore", "pipe", "ignore"] });
  await new Promise((resolve) => attacker?.stdout?.once("data", resolve));
  const outcomes = { done: 0, refused: 0 };
  for (let round = 0; round < OPERATIONS; round++) {
    const attempts: (() => unknown)[] = [
      () => readFile(workspace, { path: "a.ts" }).text,
      () => readFile(workspace, { path: "d/a.ts" }).text,
      () => readText(root, "d/b.ts"),
      () => listFiles(workspace, { path: "d" }),
      () => applyWrite(workspace, planWrite(workspace, { path: "d/b.ts", content: `inside ${round}` })),
      () => applyWrite(workspace, planWrite(workspace, { path: `d/new-${round}.ts`, content: "inside" })),
    ];
    try {
      const seen = JSON.stringify(await attempts[round % attempts.length]?.());
      expect(seen ?? "").not.toMatch(/SECRET|secret-name/);
      outcomes.done++;
    } catch (error) {
      if (!(error instanceof UserError) && !(error instanceof Error && "errno" in error)) throw error;
      outcomes.refused++;
    }
  }
  attacker.kill("SIGKILL");
  expect(readdirSync(outside).toSorted()).toEqual(["a.ts", "b.ts", "secret-name.ts"]);
  for (const file of readdirSync(outside)) expect(readFileSync(path.join(outside, file), "utf8")).toBe("SECRET");
  expect(outcomes.done).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
});
