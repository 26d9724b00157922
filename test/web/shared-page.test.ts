import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { listen } from "../../src/http.ts";
import { createSharedPage, pageNotice } from "../../src/web/shared-page.ts";
import { openTestApprovals, silent, temporaryDirectory } from "../approval/setup.ts";

async function pageOf(home: string, port = 0) {
  const { ledger, audit, pairing, verifyAudit } = await openTestApprovals({ home });
  const changes = { list: () => [], undo: () => Promise.reject(new Error("unused")) };
  const ports = { ledger, audit, pairing, verifyAudit, changes, now: Date.now };
  const page = createSharedPage({ home, port, ports, log: silent });
  onTestFinished(() => page[Symbol.asyncDispose]());
  return page;
}

const statusOf = (origin: string | null) => fetch(`${origin}/`).then((answer) => answer.status);

describe("createSharedPage", () => {
  it("listens only when needed, once, on loopback, and says where in a private file", async () => {
    const home = temporaryDirectory();
    const page = await pageOf(home);
    expect(page.origin()).toBeNull();
    await Promise.all([page.ensure(), page.ensure()]);
    expect(page.origin()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await statusOf(page.origin())).toBe(200);
    const file = path.join(home, "page.json");
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(pageNotice(home)).toBe(page.origin());
    await page[Symbol.asyncDispose]();
    expect(existsSync(file)).toBe(false);
    expect(pageNotice(home)).toBeNull();
  });

  it("is shared with other processes, and taken over when the first one ends", async () => {
    const home = temporaryDirectory();
    const first = await pageOf(home);
    await first.ensure();
    const { port } = new URL(first.origin() ?? "");
    const second = await pageOf(home, Number(port));
    await second.ensure();
    expect(second.origin()).toBe(first.origin());
    await first[Symbol.asyncDispose]();
    await second.ensure();
    expect(second.origin()).toBe(`http://127.0.0.1:${port}`);
    expect(await statusOf(second.origin())).toBe(200);
  });

  it("takes another port when a stranger has it, and trusts no notice that a stranger's page is behind", async () => {
    const home = temporaryDirectory();
    const handlers = [() => Promise.resolve(new Response("hello"))];
    const stranger = await listen({ host: "127.0.0.1", port: 0, handlers, log: silent });
    onTestFinished(() => stranger.close(0));
    writeFileSync(path.join(home, "page.json"), JSON.stringify({ origin: stranger.origin, pid: 1 }));
    const page = await pageOf(home, stranger.port);
    await page.ensure();
    expect(page.origin()).not.toBe(stranger.origin);
    expect(await statusOf(page.origin())).toBe(200);
  });

  it.each([
    "garbage",
    "{}",
    '{"origin":"https://evil.example","pid":1}',
    '{"origin":"http://127.0.0.1.evil.example","pid":1}',
  ])("takes the notice %s for none", async (text) => {
    const home = temporaryDirectory();
    writeFileSync(path.join(home, "page.json"), text);
    const page = await pageOf(home);
    await page.ensure();
    expect(await statusOf(page.origin())).toBe(200);
    expect(JSON.parse(readFileSync(path.join(home, "page.json"), "utf8"))).toMatchObject({ origin: page.origin() });
  });
});
