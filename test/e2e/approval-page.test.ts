import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, it, onTestFinished } from "vitest";
import { openApprovals } from "../../src/approval/open.ts";
import { silent } from "../approval/setup.ts";
import { chromiumPath, launchChromium } from "../web/chromium.ts";
import { CLI, Sandbox } from "./run-cli.ts";

/** The built program over stdio, with a client that cannot ask its human anything. */
async function serveWithoutElicitation(sandbox: Sandbox): Promise<Client> {
  const env = Object.fromEntries(
    Object.entries(sandbox.env()).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const client = new Client({ name: "no-dialogs", version: "1" });
  const command = {
    command: process.execPath,
    args: [CLI, "serve"],
    cwd: sandbox.project,
    env,
    stderr: "ignore" as const,
  };
  await client.connect(new StdioClientTransport(command));
  onTestFinished(() => client.close());
  return client;
}

describe("a client without dialogs", () => {
  it.skipIf(chromiumPath === null)(
    "waits while its human approves on the page; the change can be audited and undone",
    async () => {
      using sandbox = new Sandbox({ "src/a.ts": "export const a = 1;\n" });
      const file = path.join(sandbox.project, "src/a.ts");
      const client = await serveWithoutElicitation(sandbox);
      const writing = client.callTool({
        name: "write_file",
        arguments: { path: "src/a.ts", content: "export const a = 2;\n" },
      });
      const notice = path.join(sandbox.home, "page.json");
      await expect.poll(() => existsSync(notice)).toBe(true);
      const { origin } = JSON.parse(readFileSync(notice, "utf8")) as { origin: string };
      // What `approvals pair` does at a terminal, which a test does not have.
      using terminal = await openApprovals({ home: sandbox.home, log: silent, timeoutMs: 300_000 });
      const browser = await launchChromium();
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      await page.goto(origin);
      await page.getByLabel("Code").fill(terminal.pairing.issueCode());
      await page.getByRole("button", { name: "Pair", exact: true }).click();
      await page.getByRole("heading", { name: "Replace src/a.ts" }).waitFor();
      expect(readFileSync(file, "utf8")).toContain("a = 1");
      await page.getByLabel("Comment").fill("well done");
      await page.getByRole("button", { name: "Approve once" }).click();
      const result = await writing;
      expect(result.isError ?? false, JSON.stringify(result.content)).toBe(false);
      expect(JSON.stringify(result.content)).toContain("well done");
      expect(readFileSync(file, "utf8")).toBe("export const a = 2;\n");
      expect(await sandbox.run(["audit", "verify"])).toMatchObject({ code: 0, stderr: "" });
      expect((await sandbox.run(["undo"])).stdout).toContain("src/a.ts is as it was before");
      expect(readFileSync(file, "utf8")).toBe("export const a = 1;\n");
      await client.close();
      await expect.poll(() => existsSync(notice)).toBe(false);
    },
  );
});
