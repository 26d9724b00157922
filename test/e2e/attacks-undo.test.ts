import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runHere } from "../cli/in-process.ts";
import { approves, serve } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

// Taking a change back is a write too: what was exchanged since must not lead it elsewhere, nor lose what others wrote.

let sandbox: Sandbox;
const at = (name: string) => path.join(sandbox.project, name);
const outside = (name = "") => path.join(sandbox.root, "outside", name);
const run = (...args: string[]) => runHere(args, { cwd: sandbox.project, env: sandbox.env() });
const undo = (...args: string[]) => run("undo", ...args);

/** What an agent wrote, with its human's yes, before someone exchanged things. */
async function written(): Promise<void> {
  await using served = await serve(sandbox, "2026-07-28", { human: approves });
  for (const name of ["d/a.txt", "d/new.txt", ".vscode/tasks.json"])
    expect((await served.call("write_file", { path: name, content: "agent\n" })).isError ?? false, name).toBe(false);
}

beforeEach(async () => {
  sandbox = new Sandbox({ "d/a.txt": "human\n", ".vscode/tasks.json": "human\n" });
  mkdirSync(outside());
  writeFileSync(outside("a.txt"), "agent\n");
  writeFileSync(outside("new.txt"), "agent\n");
  await written();
});
afterEach(() => sandbox[Symbol.dispose]());

describe.skipIf(process.platform === "win32")("undo", () => {
  it("brings back a protected file too, as a human asks for it", async () => {
    expect(await undo()).toMatchObject({ code: 0, stdout: expect.stringContaining(".vscode/tasks.json") });
    expect(readFileSync(at(".vscode/tasks.json"), "utf8")).toBe("human\n");
  });

  it.each<readonly [string, () => void]>([
    [
      "the directory is a link out",
      () => {
        renameSync(at("d"), at("d.was"));
        symlinkSync(outside(), at("d"));
      },
    ],
    [
      "the files are links out",
      () => {
        for (const name of ["a.txt", "new.txt"]) {
          rmSync(at(`d/${name}`));
          symlinkSync(outside(name), at(`d/${name}`));
        }
      },
    ],
    [
      "the files are hard links to others outside",
      () => {
        for (const name of ["a.txt", "new.txt"]) {
          rmSync(at(`d/${name}`));
          linkSync(outside(name), at(`d/${name}`));
        }
      },
    ],
  ])("changes nothing outside when %s", async (_what, exchange) => {
    exchange();
    for (const args of [["2"], ["1"], ["2", "--force"], ["1", "--force"]]) await undo(...args);
    expect(readdirSync(outside()).toSorted()).toEqual(["a.txt", "new.txt"]);
    for (const name of readdirSync(outside())) expect(readFileSync(outside(name), "utf8")).toBe("agent\n");
  });

  it("loses nothing that was written since, unless it is told to", async () => {
    writeFileSync(at("d/a.txt"), "someone else\n");
    const refused = await undo("1");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/d\/a\.txt has changed since[^]*force/)]);
    expect(readFileSync(at("d/a.txt"), "utf8")).toBe("someone else\n");
    expect((await undo("1", "--force")).code).toBe(0);
    expect(readFileSync(at("d/a.txt"), "utf8")).toBe("human\n");
    // That, too, can be taken back.
    const newest = (JSON.parse((await undo("--list", "--json")).stdout) as { readonly id: number }[])[0]?.id ?? 0;
    expect((await undo(String(newest))).code).toBe(0);
    expect(readFileSync(at("d/a.txt"), "utf8")).toBe("someone else\n");
  });

  it("is in the audit log, whose chain holds", async () => {
    await undo();
    expect((await run("audit", "list")).stdout).toMatch(/undo/);
    expect((await run("audit", "verify")).code).toBe(0);
  });
});
