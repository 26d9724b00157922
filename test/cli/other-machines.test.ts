import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assistantLine, userLine } from "../transcripts/make-log.ts";
import { Desk } from "./in-process.ts";

/** Logs as Claude Code writes them on each system: where it ran, and how it names a file. */
const MACHINES = [
  { session: "linux-1", cwd: "/home/dev/shop", file: "/home/dev/shop/src/auth.ts", resume: "cd /home/dev/shop" },
  { session: "mac-1", cwd: "/Users/dev/Shop Front", file: "/Users/dev/Shop Front/src/auth.ts", resume: "Shop Front" },
  { session: "win-1", cwd: "C:\\Users\\dev\\depot", file: "C:\\Users\\dev\\depot\\src\\auth.ts", resume: "depot" },
  {
    session: "unc-1",
    cwd: "\\\\server\\share\\stock",
    file: "\\\\server\\share\\stock\\src\\auth.ts",
    resume: "stock",
  },
  { session: "wsl-1", cwd: "/mnt/c/Users/dev/cellar", file: "/mnt/c/Users/dev/cellar/src/auth.ts", resume: "cellar" },
  { session: "tree-1", cwd: "/home/dev/shop/.claude/worktrees/fix-7", file: "/home/dev/shop/x.ts", resume: "fix-7" },
] as const;

interface Hit {
  readonly sessionId: string;
  readonly project: string;
  readonly cwd: string;
  readonly resume: string | null;
}

let desk: Desk;
beforeAll(async () => {
  desk = new Desk({ "a.ts": "1" });
  for (const { session, cwd, file } of MACHINES) {
    const folder = path.join(desk.logs, cwd.replaceAll(/[^A-Za-z0-9]/g, "-"));
    mkdirSync(folder, { recursive: true });
    const edit = {
      type: "tool_use",
      id: "t1",
      name: "Edit",
      input: { file_path: file, old_string: "a", new_string: "b" },
    };
    const lines = [
      userLine(`please mend the lantern of ${session}`, { sessionId: session, cwd }),
      assistantLine("m1", edit, { sessionId: session, cwd, at: 1 }),
      assistantLine("m2", { type: "text", text: "The lantern is lit." }, { sessionId: session, cwd, at: 2 }),
    ];
    // Windows' own editors end lines with two characters.
    writeFileSync(path.join(folder, `${session}.jsonl`), lines.join(session === "win-1" ? "\r\n" : "\n") + "\n");
  }
  await desk.run(["index"]);
});
afterAll(() => desk[Symbol.dispose]());

const search = async (...args: string[]): Promise<readonly Hit[]> =>
  (await desk.json<{ hits: Hit[] }>(["search", "--in", "conversations", "--limit", "50", "lantern", ...args])).hits;
const sessions = (hits: readonly Hit[]) => [...new Set(hits.map(({ sessionId }) => sessionId))].toSorted();

describe("conversations that were held on other systems", () => {
  it("are all there, each under its project's own name", async () => {
    const hits = await search();
    const projects = new Map(hits.map(({ sessionId, project }) => [sessionId, project]));
    expect(Object.fromEntries(projects)).toEqual({
      "linux-1": "shop",
      "mac-1": "Shop Front",
      "win-1": "depot",
      "unc-1": "stock",
      "wsl-1": "cellar",
      "tree-1": "shop",
    });
  });

  it("are found by the file that they touched, by its name or its path with either slash", async () => {
    const all = ["linux-1", "mac-1", "unc-1", "win-1", "wsl-1"];
    expect(sessions(await search("--file", "auth.ts"))).toEqual(all);
    expect(sessions(await search("--file", "src/auth.ts"))).toEqual(all);
    expect(sessions(await search("--file", "src\\auth.ts"))).toEqual(all);
    expect(sessions(await search("--file", "C:\\Users\\dev\\depot\\src\\auth.ts"))).toEqual(["win-1"]);
    expect(await search("--file", "uth.ts")).toEqual([]);
  });

  it("are narrowed by project, session and time", async () => {
    expect(sessions(await search("--project", "shop"))).toEqual(["linux-1", "tree-1"]);
    expect(sessions(await search("--session", "win-1"))).toEqual(["win-1"]);
    expect(await search("--until", "2025-12-31")).toEqual([]);
    expect(sessions(await search("--since", "2026-01-01", "--project", "cellar"))).toEqual(["wsl-1"]);
    const { code, stderr } = await desk.run(["search", "--in", "conversations", "lantern", "--since", "yesterday-ish"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/since/);
  });

  it("say how to go on with them, as a command that holds paths with blanks and backslashes together", async () => {
    const resumes = new Map((await search()).map(({ sessionId, resume }) => [sessionId, resume]));
    for (const { session, resume } of MACHINES) {
      expect(resumes.get(session)).toContain(resume);
      expect(resumes.get(session)).toContain(session);
    }
    expect(resumes.get("mac-1")).toMatch(/'[^']*Shop Front'|"[^"]*Shop Front"|Shop\\ Front/);
  });

  it("are read to their last word, line ends of either kind included", async () => {
    const { state } = await desk.json<{
      state: { logs: { sessionId: string; lines: number; messages: number; corruptLines: number }[] };
    }>(["status"]);
    const read = state.logs.map(({ sessionId, lines, messages, corruptLines }) =>
      [sessionId, lines, messages, corruptLines].join(" "),
    );
    expect(read.toSorted()).toEqual(MACHINES.map(({ session }) => `${session} 3 3 0`).toSorted());
  });
});
