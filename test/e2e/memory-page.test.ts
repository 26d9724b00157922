import { once } from "node:events";
import path from "node:path";
import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openApprovals } from "../../src/approval/open.ts";
import { silent } from "../approval/setup.ts";
import { chromiumPath, launchChromium } from "../web/chromium.ts";
import { Sandbox } from "./run-cli.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({
    "src/cart.ts": "/** Takes <b>everything</b> out. */\nexport function emptyCart(): void {}\n",
  });
  const logs = path.join(sandbox.root, ".claude/projects/-home-me-shop");
  mkdirSync(logs, { recursive: true });
  const record = (type: string, content: string, uuid: string) => ({
    type,
    uuid,
    sessionId: "5f0c1d2e-0000-4000-8000-000000000001",
    cwd: sandbox.project,
    timestamp: "2026-11-20T10:00:00.000Z",
    message: { role: type, content },
  });
  const lines = [record("user", "why is the checkout slow", "a"), record("assistant", "the coupon lookup", "b")];
  writeFileSync(
    path.join(logs, "5f0c1d2e-0000-4000-8000-000000000001.jsonl"),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
});
let server: ReturnType<Sandbox["spawn"]> | undefined;
afterEach(async () => {
  if (server?.exitCode === null && server.signalCode === null) {
    server.kill("SIGTERM");
    await once(server, "close");
  }
  sandbox[Symbol.dispose]();
});

/** The built program over HTTP; the address that it prints. */
async function serveHttp(): Promise<string> {
  const child = sandbox.spawn(["serve", "--http", "--port", "0"]);
  server = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  await expect.poll(() => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]).toBeDefined();
  return /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "";
}

async function issueCode(): Promise<string> {
  using approvals = await openApprovals({ home: sandbox.home, log: silent, timeoutMs: 300_000 });
  return approvals.pairing.issueCode();
}

describe("the site of a served workspace", () => {
  it("shows its memory to nobody who is not paired", async () => {
    const origin = await serveHttp();
    for (const place of ["/api/search?q=cart", "/api/index", "/api/site"]) {
      const { status } = await fetch(origin + place);
      expect(status).toBe(401);
    }
  });

  it("answers a paired browser, and says what is wrong with a question", async () => {
    const origin = await serveHttp();
    const paired = await fetch(`${origin}/api/pair`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ code: await issueCode() }),
    });
    const { proof } = (await paired.json()) as { proof: string };
    const cookie = paired.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const ask = async (place: string) => {
      const response = await fetch(origin + place, { headers: { cookie, "x-codelab-proof": proof } });
      return { status: response.status, body: JSON.stringify(await response.json()) };
    };
    await expect
      .poll(async () => (await ask("/api/search?q=emptyCart")).body, { timeout: 20_000 })
      .toContain("src/cart.ts");
    expect((await ask("/api/index")).body).toContain(sandbox.project);
    for (const bad of ["", "?q=", "?q=x&in=nowhere", "?q=x&cursor=made-up"])
      expect(await ask(`/api/search${bad}`)).toMatchObject({
        status: 400,
        body: expect.stringContaining("request.") as string,
      });
  });

  it.skipIf(chromiumPath === null)(
    "finds code and conversations, shows markup as text, and tells the state of the index",
    async () => {
      const origin = await serveHttp();
      const browser = await launchChromium();
      onTestFinished(() => browser.close());
      const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && !message.text().includes("401")) faults.push(message.text());
      });
      await page.goto(`${origin}/#search`);
      await page.getByLabel("Code").fill(await issueCode());
      await page.getByRole("button", { name: "Pair", exact: true }).click();
      await page.getByRole("heading", { name: "Search" }).waitFor();
      await expect
        .poll(
          async () => {
            await page.getByLabel("Search for").fill("emptyCart");
            await page.getByRole("button", { name: "Search" }).click();
            return await page.locator(".results").textContent();
          },
          { timeout: 20_000, interval: 500 },
        )
        .toContain("src/cart.ts:1-2");
      expect(await page.locator(".hit pre").first().textContent()).toContain("<b>everything</b>");
      await page.getByLabel("Search for").fill("slow checkout");
      await page.getByLabel("Conversations").check();
      await page.getByText("the coupon lookup").first().waitFor();
      await page.getByRole("link", { name: "Index" }).click();
      await page.getByRole("heading", { name: "Index" }).waitFor();
      expect(await page.locator("main").textContent()).toContain(sandbox.project);
      await page.getByRole("link", { name: "Search" }).click();
      expect(await page.getByLabel("Search for").inputValue()).toBe("slow checkout");
      if (process.env["CODELAB_SCREENSHOTS"])
        await page.screenshot({ path: `${process.env["CODELAB_SCREENSHOTS"]}/search.png` });
      expect(faults).toEqual([]);
    },
  );
});
