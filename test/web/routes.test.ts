import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { serveSite, openSite, type SiteFixture } from "./setup.ts";

/** Every route of the site, with a body that its shape allows. */
const GETS = [
  "/api/requests",
  "/api/requests/a1",
  "/api/changes",
  "/api/audit",
  "/api/audit/verdict",
  "/api/site",
  "/api/search?q=x",
  "/api/index",
];
const POSTS = ["/api/pair", "/api/leave", "/api/requests/a1/decision", "/api/changes/1/undo"];
const FILES = ["/", "/site/app.js", "/site/base.css", "/site/icon.svg"];
const ROUTES = [...GETS, ...POSTS, ...FILES];

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

let site: SiteFixture;
let port: number;
let session: Readonly<Record<string, string>>;

/** A request over a real connection, with exactly these headers. */
function send(
  path: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: "127.0.0.1", port, path, method, headers, setHost: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on("error", reject);
    });
    sent.on("error", reject).end(body);
  });
}

/** Headers as a paired page of ours sends them. */
function own(method: string, over: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const usual = {
    host: `127.0.0.1:${port}`,
    "sec-fetch-site": "same-origin",
    ...(method === "POST" && { origin: `http://127.0.0.1:${port}`, "content-type": "application/json" }),
    ...session,
    ...over,
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(usual)) if (value !== undefined) headers[name] = value;
  return headers;
}

beforeEach(async () => {
  site = await openSite();
  ({ port } = await serveSite(site));
  session = {};
  const code = site.approvals.pairing.issueCode();
  const paired = await send("/api/pair", "POST", own("POST"), JSON.stringify({ code }));
  expect(paired.status).toBe(200);
  const [cookie = ""] = paired.headers["set-cookie"] ?? [];
  session = { cookie: cookie.split(";")[0] ?? "", "x-codelab-proof": JSON.parse(paired.text).proof as string };
});

/** Asks every route of these, each with the method that it is for. */
async function each(
  routes: readonly string[],
  ask: (route: string, method: "GET" | "POST", body: string | undefined) => Promise<void>,
): Promise<void> {
  const { id } = site.ask();
  for (const route of routes) await (POSTS.includes(route) ? ask(route, "POST", "{}") : ask(route, "GET", undefined));
  // Nothing was decided, undone or begun by what was refused.
  expect(site.approvals.ledger.get(id).status).toBe("pending");
}

describe("every route", () => {
  it("is served to no other host name", () =>
    each(ROUTES, async (route, method, body) => {
      const names = ["evil.example", `evil.example:${port}`, `localhost.evil.example:${port}`, "127.0.0.1"];
      for (const host of [...names, `127.0.0.1:${port + 1}`, `0.0.0.0:${port}`, `[::1]:${port}`]) {
        const { status, text } = await send(route, method, own(method, { host, origin: undefined }), body);
        expect([400, 403, 421], `${route} ${host}: ${text}`).toContain(status);
        expect(text).not.toContain("<html");
      }
    }));

  it("is served to no page of another site", () =>
    each(ROUTES, async (route, method, body) => {
      const sites = ["https://evil.example", "null", "http://localhost", `https://127.0.0.1:${port}`];
      for (const origin of [...sites, `http://127.0.0.1:${port + 1}`]) {
        const foreign = own(method, { origin, "sec-fetch-site": undefined });
        const { status, headers } = await send(route, method, foreign, body);
        expect(status, `${route} ${origin}`).toBe(403);
        expect(headers).not.toHaveProperty("access-control-allow-origin");
      }
      for (const where of ["cross-site", "same-site"]) {
        expect((await send(route, method, own(method, { "sec-fetch-site": where }), body)).status, where).toBe(403);
      }
    }));

  it("changes nothing by another method", () =>
    each(ROUTES, async (route, method) => {
      for (const wrong of ["PUT", "PATCH", "DELETE", "OPTIONS", method === "POST" ? "GET" : "POST"]) {
        const { status, headers } = await send(route, wrong, own("POST"), "{}");
        expect(status, `${wrong} ${route}`).toBeGreaterThanOrEqual(400);
        expect(status, `${wrong} ${route}`).toBeLessThan(500);
        expect(headers).not.toHaveProperty("access-control-allow-origin");
      }
      const head = await send(route, "HEAD", own("GET"));
      expect(head.status).toBeLessThan(500);
      expect(head.text).toBe("");
    }));

  it("sends headers that let nothing foreign in, whatever it answers", () =>
    each(ROUTES, async (route, method, body) => {
      for (const asked of [own(method), own(method, { cookie: undefined }), own(method, { "x-codelab-proof": "x" })]) {
        const { status, headers } = await send(route, method, asked, body);
        expect(headers["content-security-policy"]).toContain("default-src 'none'");
        expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "cache-control": "no-store" });
        expect(headers).toMatchObject({ "x-frame-options": "DENY", "referrer-policy": "no-referrer" });
        expect(headers["content-type"]).toMatch(/^(?:application\/json|text\/|image\/svg)/);
        expect(status).not.toBe(500);
      }
    }));

  it("that changes something takes only JSON from a page that says where it is", () =>
    each(POSTS, async (route) => {
      const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", undefined];
      for (const type of [...types, "application/jsonp"]) {
        expect((await send(route, "POST", own("POST", { "content-type": type }), "{}")).status).toBe(415);
      }
      expect((await send(route, "POST", own("POST", { origin: undefined }), "{}")).status).toBe(403);
    }));

  it("of the API is closed without both halves of a session", () =>
    each([...GETS, ...POSTS.slice(1)], async (route, method, body) => {
      const cookie = session["cookie"] ?? "";
      const halves: readonly Readonly<Record<string, string | undefined>>[] = [
        { cookie: undefined },
        { cookie: `${cookie}x` },
        { cookie: cookie.slice(0, -1) },
        { cookie: cookie.replace("=", "=x") },
        { cookie: "codelab_page=" },
        { cookie: "codelab_page" },
        { cookie: cookie.toUpperCase() },
        { cookie: `codelab_page=__proto__; other=${cookie}` },
        { "x-codelab-proof": undefined },
        { "x-codelab-proof": "" },
        { "x-codelab-proof": cookie.split("=")[1] },
      ];
      for (const half of halves) {
        const { status, text } = await send(route, method, own(method, half), body);
        expect(status, `${route} ${JSON.stringify(half)}`).toBe(401);
        expect(JSON.parse(text)).toMatchObject({ error: { code: "permission.not-paired", hint: expect.any(String) } });
      }
    }));
});

describe("any path", () => {
  it("is answered as nothing here, or as no address at all", async () => {
    const hostile = fc.oneof(
      fc.webPath(),
      fc.stringMatching(/^\/(?:api|site)\/[!-~]{0,30}$/),
      fc.constantFrom(
        "/site/../../package.json",
        "/site/%2e%2e/index.html",
        "/site//app.js",
        "/api/requests/%00",
        "/api/requests/a/b",
        "//evil.example/",
        "/api/changes/999999999999999999/undo",
        "/site/app.js%00.html",
        "/%ff",
        "/api/../site/../../etc/passwd",
      ),
    );
    await fc.assert(
      fc.asyncProperty(hostile, fc.constantFrom("GET", "POST"), async (path, method) => {
        const { status, text } = await send(
          path.startsWith("/") ? path : `/${path}`,
          method,
          own(method),
          method === "POST" ? "{}" : undefined,
        );
        expect(status, `${path} ${text.slice(0, 200)}`).not.toBe(500);
        expect(text).not.toMatch(/root:|"devDependencies"|at \S+\.[jt]s:\d+/);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a body", () => {
  it.each([
    ["just beyond the limit", Buffer.alloc(65_537, 32)],
    ["of a megabyte", Buffer.alloc(1_000_000, 120)],
    ["that is no UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ["of NULs", Buffer.alloc(100)],
    ["nested without end", Buffer.from("[".repeat(30_000))],
    ["with a prototype", Buffer.from('{"__proto__":{"decision":"approve_once"},"constructor":1}')],
    ["with the same member twice", Buffer.from('{"decision":"deny","decision":"approve_once"}')],
    ["with numbers beyond numbers", Buffer.from('{"decision":1e999}')],
  ])("%s decides nothing and breaks nothing", async (_, body) => {
    const { id } = site.ask();
    const { status, text } = await send(`/api/requests/${id}/decision`, "POST", own("POST"), body);
    expect([400, 413]).toContain(status);
    if (text !== "") expect(JSON.parse(text)).toMatchObject({ error: { code: expect.stringMatching(/^request\./) } });
    expect(site.approvals.ledger.get(id).status).toBe("pending");
    expect((await send("/api/requests", "GET", own("GET"))).status).toBe(200);
  });
});
