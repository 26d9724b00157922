import { refusal } from "./respond.ts";

export const SESSION_COOKIE = "codelab_page";
export const PROOF_HEADER = "x-codelab-proof";

/**
 * Refuses what no page of ours sends; null lets a request pass. The host must be one that we serve under, so that a
 * name rebound to this machine does not count; what changes something must come from our own page, as JSON.
 */
export function refuseForeign(request: Request, origins: readonly string[]): Response | null {
  const { origin } = new URL(request.url);
  if (!origins.includes(origin)) return refusal(403, "permission.foreign-host", "this host name is not served here");
  const from = request.headers.get("origin");
  if (from !== null && from !== origin) return refusal(403, "permission.foreign-origin", "another site asked for this");
  const site = request.headers.get("sec-fetch-site");
  const isSafe = request.method === "GET" || request.method === "HEAD";
  // Following a link to the page is harmless: the page shows nothing before its own scripts asked for it.
  const isVisit = isSafe && (site === "none" || request.headers.get("sec-fetch-dest") === "document");
  if (site !== null && site !== "same-origin" && !isVisit)
    return refusal(403, "permission.foreign-origin", "another site asked for this");
  if (isSafe) return null;
  if (request.method !== "POST") return refusal(405, "request.method", "only GET and POST are served");
  if (from === null) return refusal(403, "permission.foreign-origin", "a change must name the page that it comes from");
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === "application/json" ? null : refusal(415, "request.content-type", "the body must be application/json");
}

/** The value of our cookie; null when there is none. */
export function sessionToken(request: Request): string | null {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [name, value] = pair.trim().split("=");
    if (name === SESSION_COOKIE && value !== undefined) return value;
  }
  return null;
}

/** Scripts cannot read it, other sites' requests do not carry it, and without the proof it opens nothing. */
export function sessionCookie(token: string, maxAgeSeconds: number): string {
  return `${SESSION_COOKIE}=${token}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict`;
}
