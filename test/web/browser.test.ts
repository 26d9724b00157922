import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { listen } from "../../src/http.ts";
import { silent, writeProposal } from "../approval/setup.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { openSite, serveSite, type SiteFixture } from "./setup.ts";

let browser: Browser | null = null;

beforeAll(async () => {
  if (chromiumPath !== null) browser = await launchChromium();
});
afterAll(() => browser?.close());

interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly origin: string;
  /** What went wrong inside the page, such as a violated content policy. */
  readonly faults: string[];
}

/** Notes in the page whether the button to approve could be clicked when it first appeared. */
const NOTE_FIRST_STATE = `new MutationObserver(() => {
  const button = document.querySelector(".decision .approve");
  if (button !== null) window.firstDisabled ??= button.disabled;
}).observe(document, { childList: true, subtree: true })`;

/** A fresh browser on the site; paired like a human does it. */
async function visit(site: SiteFixture, hash = ""): Promise<Visit> {
  if (browser === null) throw new Error("no browser");
  const { origin } = await serveSite(site);
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  await context.addInitScript(NOTE_FIRST_STATE);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("401")) faults.push(message.text());
  });
  await page.goto(origin + hash);
  await page.getByLabel("Code").fill(site.approvals.pairing.issueCode());
  await page.getByRole("button", { name: "Pair", exact: true }).click();
  await page.getByRole("button", { name: "Unpair this browser" }).waitFor();
  return { page, context, origin, faults };
}

const button = (page: Page, name: string) => page.getByRole("button", { name });

// Without a browser these are skipped, and the summary line says how many.
describe.skipIf(chromiumPath === null)("the page in Chromium", () => {
  it("shows the whole change and approves it", async () => {
    const site = await openSite();
    const { id } = site.ask(writeProposal("src/a.ts", "one\n<b>2</b> \u202e\nthree\n", "one\ntwo\nthree\n"));
    const { page, faults } = await visit(site);
    await page.getByRole("heading", { name: "Replace src/a.ts" }).waitFor();
    expect(await page.locator("tr.removed .line").allTextContents()).toEqual(["two"]);
    expect(await page.locator("tr.added .line").allTextContents()).toEqual(["<b>2</b> ⟨U+202E⟩"]);
    expect(await page.locator(".countdown .left").textContent()).toMatch(/^\d:\d\d left$/);
    await button(page, "Approve once").click();
    await page.getByText("Approved: Replace src/a.ts").waitFor();
    expect(site.approvals.ledger.get(id)).toMatchObject({
      status: "approved",
      channel: "page",
      response: "approve_once",
    });
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    expect(faults).toEqual([]);
  });

  it("denies with a comment, and lets the next request come up by itself", async () => {
    const site = await openSite();
    const { id } = site.ask();
    const { page } = await visit(site);
    await page.getByLabel("Comment").fill("not like this");
    await button(page, "Deny").click();
    await page.getByText("Denied: Create src/a.ts").waitFor();
    expect(site.approvals.ledger.get(id)).toMatchObject({ status: "rejected", reason: "not like this" });
    const next = site.ask(writeProposal("src/b.ts"));
    await page.getByRole("heading", { name: "Create src/b.ts" }).waitFor();
    await button(page, "Approve for this session").click();
    await expect.poll(() => site.approvals.ledger.get(next.id).response).toBe("approve_session");
    await page.getByRole("link", { name: "History" }).click();
    await page.getByText("“not like this”").waitFor();
  });

  it("is read and answered by keyboard alone", async () => {
    const site = await openSite();
    const { id } = site.ask();
    const { page } = await visit(site);
    await page.getByRole("heading", { name: "Create src/a.ts" }).waitFor();
    await expect.poll(() => button(page, "Approve once").isEnabled()).toBe(true);
    const focused = () => page.evaluate("document.activeElement.innerText || document.activeElement.id");
    expect(await focused()).toBe("Create src/a.ts");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("comment");
    await page.keyboard.type("by hand");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Deny");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Approved: Create src/a.ts").waitFor();
    expect(site.approvals.ledger.get(id)).toMatchObject({ response: "approve_once", reason: "by hand" });
  });

  it("keeps a comment under way while other requests come and go, and takes no click on a page just shown", async () => {
    const site = await openSite();
    site.ask();
    const { page } = await visit(site);
    await page.getByLabel("Comment").fill("half a th");
    expect(await page.evaluate("window.firstDisabled")).toBe(true);
    const other = site.ask(writeProposal("src/b.ts"));
    await page.getByRole("link", { name: "Create src/b.ts" }).waitFor();
    site.approvals.ledger.decide(other.id, { verdict: "deny", channel: "terminal", comment: null });
    await page.getByRole("link", { name: "Create src/b.ts" }).waitFor({ state: "detached" });
    expect(await page.getByLabel("Comment").inputValue()).toBe("half a th");
  });

  it("takes a request away when its time is over", async () => {
    const site = await openSite({ timeoutMs: 4_000 });
    const { id } = site.ask();
    const { page } = await visit(site, `#${id}`);
    await page.getByText("expired", { exact: true }).first().waitFor();
    expect(await button(page, "Approve once").count()).toBe(0);
    expect(site.approvals.ledger.get(id).status).toBe("timeout");
  });

  it("shows long changes cut, with the rest one click away", async () => {
    const site = await openSite();
    const text = Array.from({ length: 1_500 }, (_, index) => `line ${index}\n`).join("");
    site.ask(writeProposal("big.txt", text));
    const { page } = await visit(site);
    await page.locator("tr.added").first().waitFor();
    expect(await page.locator("tr.added").count()).toBeLessThan(500);
    await button(page, "more lines are not shown").click();
    expect(await page.locator("tr.added").count()).toBe(1_500);
  });

  it("shows content that looks like a diff's own lines as content", async () => {
    const site = await openSite();
    site.ask(writeProposal("a.txt", "++ b/other.txt\n@@ -1,1 +1,1 @@\ndiff --git a/x b/x\n"));
    const { page } = await visit(site);
    await page.locator("tr.added").first().waitFor();
    expect(await page.locator("tr.added .line").allTextContents()).toEqual([
      "++ b/other.txt",
      "@@ -1,1 +1,1 @@",
      "diff --git a/x b/x",
    ]);
    expect(await page.locator("tr.meta").count()).toBe(0);
  });

  it("takes a change back, and shows that the audit chain is intact", async () => {
    const site = await openSite();
    await site.change("a.txt", "one");
    await site.change("a.txt", "two");
    const { page } = await visit(site, "#changes");
    await button(page, "Undo").first().click();
    await page.getByText("a.txt is as it was before.").waitFor();
    expect(await site.readFile("a.txt")).toBe("one");
    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByText("The chain is intact: 2 records verified.").waitFor();
  });

  it("fits a phone: nothing lies beside the screen, and every cell says what it is", async () => {
    const site = await openSite();
    site.ask(writeProposal(`${"deep/".repeat(20)}${"x".repeat(80)}.ts`, `${"long".repeat(200)}\n`));
    await site.change(`${"deep/".repeat(20)}a.txt`, "one");
    const { page, origin } = await visit(site);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [hash, heading] of [
      ["", /^Create/],
      ["#history", "History"],
      ["#changes", "Changes"],
      ["#audit", "Audit"],
    ] as const) {
      await page.goto(`${origin}/${hash}`);
      await page.getByRole("heading", { name: heading }).waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    }
    const title = `getComputedStyle(document.querySelector(".list td"), "::before").content`;
    expect(await page.evaluate(title)).toBe('"#"');
  });

  it("lets a page of another origin in the same browser decide, read and frame nothing", async () => {
    const site = await openSite();
    const { id, preview } = site.ask();
    const { context, origin } = await visit(site);
    const target = `${origin}/api/requests/${id}/decision`;
    const body = JSON.stringify({ decision: "approve_once", comment: "", seen: preview.digest });
    const attack = `<!doctype html><iframe src="${origin}/"></iframe>
      <form method="post" enctype="text/plain" action="${target}" target="sink"><input name='${body.slice(0, -1)},"x":"' value='"}'></form>
      <iframe name="sink"></iframe><script src="${origin}/site/app.js"></script>`;
    const handler = () => Promise.resolve(new Response(attack, { headers: { "content-type": "text/html" } }));
    const evil = await listen({ host: "127.0.0.1", port: 0, handlers: [handler], log: silent });
    onTestFinished(() => evil.close(0));
    const page = await context.newPage();
    await page.goto(evil.origin);
    const outcomes = await page.evaluate(
      async ([url = "", base = "", text = ""]) => {
        const attempt = (path: string, init: RequestInit) =>
          fetch(path, { credentials: "include", ...init }).then(
            (answer) => `${answer.type} ${answer.status}`,
            () => "blocked",
          );
        return Promise.all([
          attempt(url, { method: "POST", body: text, headers: { "content-type": "application/json" } }),
          attempt(url, { method: "POST", body: text }),
          attempt(url, { method: "POST", body: text, mode: "no-cors" }),
          attempt(`${base}/api/requests`, {}),
          attempt(`${base}/api/requests`, { headers: { "x-codelab-proof": "guess" } }),
        ]);
      },
      [target, origin, body],
    );
    await page.evaluate("document.forms[0].submit()");
    expect(outcomes).toEqual(["blocked", "blocked", "opaque 0", "blocked", "blocked"]);
    await page.waitForTimeout(300);
    const framed = await Promise.all(
      page
        .frames()
        .slice(1)
        .map((frame) => frame.locator(".request, .pair").count()),
    );
    expect(framed.every((count) => count === 0)).toBe(true);
    expect(site.approvals.ledger.get(id).status).toBe("pending");
  });
});
