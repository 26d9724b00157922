import { describe, expect, it } from "vitest";
import { handClock } from "../approval/setup.ts";
import { openSite, type SiteFixture } from "./setup.ts";

const ORIGIN = "http://127.0.0.1:4001";

interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string | undefined>;
  readonly origin?: string;
}

/** A request as a paired page of ours sends it, but for what the test changes. */
async function send(site: SiteFixture, path: string, session: Session | null, ask: Ask = {}) {
  const { body, method = body === undefined ? "GET" : "POST", origin = ORIGIN } = ask;
  const headers = new Headers();
  const usual: Record<string, string | undefined> = {
    origin: method === "GET" ? undefined : ORIGIN,
    "sec-fetch-site": "same-origin",
    "content-type": body === undefined ? undefined : "application/json",
    cookie: session?.cookie,
    "x-codelab-proof": session?.proof,
    ...ask.headers,
  };
  for (const [name, value] of Object.entries(usual)) if (value !== undefined) headers.set(name, value);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await site.handle(
    new Request(origin + path, { method, headers, ...(body !== undefined && { body: text }) }),
  );
  if (response === null) throw new Error("not a path of the site");
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? ((await response.json()) as Record<string, never>) : null,
  };
}

interface Session {
  readonly cookie: string;
  readonly proof: string;
}

async function paired(site: SiteFixture): Promise<Session> {
  const answer = await send(site, "/api/pair", null, { body: { code: site.approvals.pairing.issueCode() } });
  expect(answer.status).toBe(200);
  const cookie = answer.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
  return { cookie: cookie.split(";")[0] ?? "", proof: String(answer.body?.["proof"]) };
}

describe("pairing", () => {
  it("gives a code one browser, within ten minutes, however it is typed", async () => {
    const clock = handClock();
    const site = await openSite({ clock });
    const code = site.approvals.pairing.issueCode();
    expect(code).toMatch(/^\d{4}-\d{4}$/);
    const pair = (text: string) => send(site, "/api/pair", null, { body: { code: text } });
    expect((await pair(` ${code.replace("-", "")} `)).status).toBe(200);
    expect((await pair(code)).status).toBe(403);
    const late = site.approvals.pairing.issueCode();
    clock.advance(10 * 60_000);
    expect((await pair(late)).body).toMatchObject({ error: { code: "permission.wrong-code" } });
  });

  it("closes after many wrong codes, even to the right one, until a new code is issued", async () => {
    const site = await openSite();
    const code = site.approvals.pairing.issueCode();
    const pair = (text: string) => send(site, "/api/pair", null, { body: { code: text } });
    for (let attempt = 0; attempt < 20; attempt++) expect((await pair("wrong")).status).toBe(403);
    expect((await pair(code)).status).toBe(429);
    expect((await pair(site.approvals.pairing.issueCode())).status).toBe(200);
  });

  it("opens nothing to half a session, another's half, or after its end", async () => {
    const clock = handClock();
    const site = await openSite({ clock });
    const one = await paired(site);
    const two = await paired(site);
    const status = async (session: Partial<Session> | null) =>
      (await send(site, "/api/requests", session && { cookie: "", proof: "", ...session })).status;
    expect(await status(one)).toBe(200);
    expect(await status(null)).toBe(401);
    expect(await status({ cookie: one.cookie })).toBe(401);
    expect(await status({ proof: one.proof })).toBe(401);
    expect(await status({ cookie: one.cookie, proof: two.proof })).toBe(401);
    expect((await send(site, "/api/leave", one, { body: {} })).status).toBe(200);
    expect(await status(one)).toBe(401);
    clock.advance(12 * 3_600_000);
    expect(await status(two)).toBe(401);
  });
});

describe("deciding", () => {
  it("shows what waits, takes the decision with its comment, and shows what became of it", async () => {
    const site = await openSite();
    const session = await paired(site);
    const { id, preview } = site.ask();
    const list = await send(site, "/api/requests?status=pending", session);
    expect(list.body).toMatchObject({ requests: [{ id, title: "Create src/a.ts", status: "pending" }] });
    const shown = await send(site, `/api/requests/${id}`, session);
    expect(shown.body).toMatchObject({ request: { preview } });
    const body = { decision: "approve_session", comment: " go\u001b[2J ", seen: preview.digest };
    expect((await send(site, `/api/requests/${id}/decision`, session, { body })).status).toBe(200);
    const decided = { status: "approved", channel: "page", response: "approve_session", reason: "go⟨ESC⟩[2J" };
    expect(site.approvals.ledger.get(id)).toMatchObject(decided);
    const again = await send(site, `/api/requests/${id}/decision`, session, { body });
    expect(again).toMatchObject({ status: 409, body: { error: { code: "approval.approved" } } });
    expect((await send(site, "/api/requests", session)).body).toMatchObject({ requests: [decided] });
  });

  it.each([
    ["no decision", {}],
    ["another word", { decision: "yes" }],
    ["another preview than the one seen", { decision: "approve_once", seen: "0" }],
    ["no word on what was seen", { decision: "approve_once", seen: undefined }],
    ["unknown members", { decision: "approve_once", force: true }],
    ["a comment that is no text", { decision: "approve_once", comment: 7 }],
    ["a comment without end", { decision: "approve_once", comment: "x".repeat(3_000) }],
  ])("decides nothing for %s", async (_, change) => {
    const site = await openSite();
    const { id, preview } = site.ask();
    const body = { seen: preview.digest, ...change };
    const answer = await send(site, `/api/requests/${id}/decision`, await paired(site), { body });
    expect([400, 409]).toContain(answer.status);
    expect(site.approvals.ledger.get(id).status).toBe("pending");
  });

  it.each([["not json"], ["null"], ["[]"], [`{"decision":"approve_once","comment":"${"x".repeat(70_000)}"}`]])(
    "refuses the body %.20s",
    async (body) => {
      const site = await openSite();
      const { id } = site.ask();
      expect((await send(site, `/api/requests/${id}/decision`, await paired(site), { body })).status).toBe(400);
    },
  );

  it("is too late after the time to decide", async () => {
    const clock = handClock();
    const site = await openSite({ clock });
    const session = await paired(site);
    const { id, preview } = site.ask();
    clock.advance(300_000);
    const body = { decision: "approve_once", seen: preview.digest };
    const answer = await send(site, `/api/requests/${id}/decision`, session, { body });
    expect(answer.body).toMatchObject({ error: { code: "approval.timeout" } });
    expect((await send(site, "/api/requests?status=pending", session)).body).toMatchObject({ requests: [] });
  });
});

describe("other sites and other hosts", () => {
  it.each<[string, Ask]>([
    ["a rebound name", { origin: "http://evil.example:4001" }],
    ["another port", { origin: "http://127.0.0.1:9999" }],
    ["another site's origin", { headers: { origin: "https://evil.example" } }],
    ["another local site", { headers: { origin: "http://127.0.0.1:9999" } }],
    ["a sandboxed page", { headers: { origin: "null" } }],
    ["no origin at all", { headers: { origin: undefined } }],
    ["a cross-site fetch", { headers: { "sec-fetch-site": "cross-site" } }],
    ["a same-site fetch", { headers: { "sec-fetch-site": "same-site" } }],
    ["a form", { headers: { "content-type": "text/plain" } }],
    ["a form with JSON in its name", { headers: { "content-type": "text/plain; application/json" } }],
    ["another method", { method: "PUT" }],
    ["a GET", { method: "GET", headers: { origin: ORIGIN, "content-type": undefined }, body: undefined }],
  ])("decide nothing: %s", async (_, ask) => {
    const site = await openSite();
    const session = await paired(site);
    const { id, preview } = site.ask();
    const body = "body" in ask ? ask.body : { decision: "approve_once", seen: preview.digest };
    const answer = await send(site, `/api/requests/${id}/decision`, session, { ...ask, body });
    expect([403, 405, 415]).toContain(answer.status);
    expect(site.approvals.ledger.get(id).status).toBe("pending");
  });

  it("read nothing under a name that was rebound to this machine", async () => {
    const site = await openSite();
    const session = await paired(site);
    for (const origin of ["http://evil.example:4001", "http://127.0.0.1.evil.example:4001", "http://127.0.0.1:9999"])
      for (const path of ["/", "/site/app.js", "/api/requests"])
        expect((await send(site, path, session, { origin })).status).toBe(403);
  });

  it("may link to the page, but not load its parts or frame it", async () => {
    const site = await openSite();
    const foreign = { "sec-fetch-site": "cross-site" };
    const visit = await send(site, "/", null, { headers: { ...foreign, "sec-fetch-dest": "document" } });
    expect(visit.status).toBe(200);
    expect(visit.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(visit.headers.get("x-frame-options")).toBe("DENY");
    expect((await send(site, "/", null, { headers: { ...foreign, "sec-fetch-dest": "iframe" } })).status).toBe(403);
    expect((await send(site, "/site/app.js", null, { headers: foreign })).status).toBe(403);
  });
});

describe("the rest of the site", () => {
  it("serves its files with a policy that lets nothing else in, and no other file", async () => {
    const site = await openSite();
    for (const [path, type] of [
      ["/", "text/html"],
      ["/site/app.js", "text/javascript"],
      ["/site/base.css", "text/css"],
      ["/site/icon.svg", "image/svg+xml"],
    ] as const) {
      const { status, headers } = await send(site, path, null);
      expect([status, headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
      expect(headers.get("content-security-policy")).toMatch(
        /default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    for (const path of ["/site/../site.js", "/site/%2e%2e/site.js", "/site/other.js", "/mcp", "/healthz"])
      expect(await site.handle(new Request(ORIGIN + path)), path).toBeNull();
    expect((await send(site, "/api/nonsense", await paired(site))).status).toBe(404);
  });

  it("lists changes and takes them back, over newer content only when forced", async () => {
    const site = await openSite();
    const session = await paired(site);
    await site.change("a.txt", "one");
    await site.change("a.txt", "two");
    const { body } = await send(site, "/api/changes", session);
    expect(body).toMatchObject({ changes: [{ id: 2, path: "a.txt", state: "done", restorable: true }, { id: 1 }] });
    expect((await send(site, "/api/changes/1/undo", session, { body: {} })).body).toMatchObject({
      error: { code: "workspace.changed-since" },
    });
    expect((await send(site, "/api/changes/2/undo", session, { body: {} })).status).toBe(200);
    expect(await site.readFile("a.txt")).toBe("one");
    expect((await send(site, "/api/changes/99/undo", session, { body: {} })).status).toBe(404);
    expect((await send(site, "/api/changes/2/undo", session, { method: "GET" })).status).toBe(405);
  });

  it("shows the audit log and its verdict", async () => {
    const site = await openSite();
    const session = await paired(site);
    site.ask();
    expect((await send(site, "/api/audit", session)).body).toMatchObject({ records: [{ seq: 1, event: "asked" }] });
    expect((await send(site, "/api/audit?before=1", session)).body).toEqual({ records: [] });
    expect((await send(site, "/api/audit/verdict", session)).body).toEqual({ ok: true, entries: 1, problem: null });
  });
});

describe("a site that belongs to no workspace", () => {
  it("says that it has no memory, and offers none", async () => {
    const site = await openSite();
    const session = await paired(site);
    expect((await send(site, "/api/site", session)).body).toEqual({ hasMemory: false });
    for (const place of ["/api/search?q=x", "/api/index"])
      expect(await send(site, place, session)).toMatchObject({
        status: 404,
        body: { error: { code: "request.not-found" } },
      });
  });
});
