import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({ "a.ts": "export const answer = 42;\n" });
});
afterEach(() => sandbox[Symbol.dispose]());

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { readonly subject: string; readonly verdict: string; readonly mend?: string }[];
}

it("examines the machine, says what to do, and leaves nothing behind in the project", async () => {
  const { ok, findings } = await sandbox.json<Report>(["doctor"]);
  expect(ok).toBe(true);
  const verdict = Object.fromEntries(findings.map(({ subject, verdict: says }) => [subject, says]));
  expect(verdict).toMatchObject({ node: "fine", home: "fine", sqlite: "fine", ripgrep: "fine", grammars: "fine" });
  expect(findings.find(({ subject }) => subject === "workspace")).toMatchObject({
    verdict: "warning",
    mend: expect.stringContaining("index") as string,
  });
  expect(readdirSync(sandbox.project)).toEqual(["a.ts"]);
  expect(readdirSync(sandbox.home).filter((name) => name.startsWith("doctor"))).toEqual([]);
});

it("fails, and says why, where the home cannot be made", async () => {
  const { code, stdout } = await sandbox.run(["doctor", "--json"], { CODELAB_HOME: `${sandbox.project}/a.ts/home` });
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as Report).findings.find(({ subject }) => subject === "home")?.verdict).toBe("broken");
});
