import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, UserError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { API_ROUTES } from "./api.ts";
import { readBody } from "./body.ts";
import { PROOF_HEADER, refuseForeign, sessionCookie, sessionToken } from "./guard.ts";
import type { SitePorts } from "./ports.ts";
import { content, json, refusal, refusalOf } from "./respond.ts";

export interface SiteOptions {
  readonly ports: SitePorts;
  /** Origins that the site is served under, such as `http://127.0.0.1:4001`; read for each request. */
  readonly origins: () => readonly string[];
  readonly log: Logger;
}

/** The site's own files: name in the URL, name on disk, type. */
const FILES: ReadonlyMap<string, { readonly file: string; readonly type: string }> = new Map([
  ["/", { file: "index.html", type: "text/html; charset=utf-8" }],
  ...[
    "app.js",
    "api.js",
    "elements.js",
    "diff-view.js",
    "request-view.js",
    "history-view.js",
    "search-view.js",
    "index-view.js",
  ].map((file) => [`/site/${file}`, { file, type: "text/javascript; charset=utf-8" }] as const),
  ...["base.css", "request.css", "views.css", "memory.css"].map(
    (file) => [`/site/${file}`, { file, type: "text/css; charset=utf-8" }] as const,
  ),
  ["/site/icon.svg", { file: "icon.svg", type: "image/svg+xml" }],
]);

/**
 * The site (approvals, and search where it belongs to a workspace) and its API as a function. Answers null for a path that is none of its own, so that a server may
 * mount other things beside it.
 */
export function createSite({ ports, origins, log }: SiteOptions): (request: Request) => Promise<Response | null> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    const file = FILES.get(pathname);
    if (file === undefined && !pathname.startsWith("/api/")) return null;
    try {
      const foreign = refuseForeign(request, origins());
      if (foreign !== null) return foreign;
      if (file !== undefined) return await serveFile(request, file);
      return await serveApi(request, pathname, ports);
    } catch (error) {
      if (error instanceof UserError) return refusalOf(error);
      log.error("The approval page failed", {
        path: pathname,
        cause: error instanceof Error ? error.stack : messageOf(error),
      });
      return refusal(500, "bug", "codelab-mcp failed; its log has the details");
    }
  };
}

async function serveFile(request: Request, { file, type }: { file: string; type: string }): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD")
    return refusal(405, "request.method", "files are only read");
  return content(new Uint8Array(await readFile(new URL(`./static/${file}`, import.meta.url))), type);
}

async function serveApi(request: Request, pathname: string, ports: SitePorts): Promise<Response> {
  const { pairing, now } = ports;
  const token = sessionToken(request);
  if (pathname === "/api/pair" && request.method === "POST") {
    const { code } = await readBody(request, z.strictObject({ code: z.string().max(40) }));
    const session = pairing.pair(code);
    const seconds = Math.floor((session.expires - now()) / 1_000);
    return json({ proof: session.proof }, 200, { "set-cookie": sessionCookie(session.token, seconds) });
  }
  if (token === null || !pairing.isPaired(token, request.headers.get(PROOF_HEADER) ?? ""))
    return refusal(401, "permission.not-paired", "this browser is not paired", "Run `codelab-mcp approvals pair`.");
  if (pathname === "/api/leave" && request.method === "POST") {
    pairing.end(token);
    return json({}, 200, { "set-cookie": sessionCookie("", 0) });
  }
  for (const { method, path, handle } of API_ROUTES) {
    const match = path.exec(pathname);
    if (match === null) continue;
    if (request.method !== method) return refusal(405, "request.method", `use ${method}`);
    return handle(request, ports, match[1] ?? "");
  }
  return refusal(404, "request.not-found", "there is nothing here");
}
