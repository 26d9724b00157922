import type { UserError } from "../errors.ts";

/**
 * Nothing but our own files may load, run, frame or be framed; no script can be made from text. Sent with every answer.
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

/** A JSON answer. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...SECURITY_HEADERS, "content-type": "application/json; charset=utf-8", ...headers },
  });
}

/** A file of the site. */
export function content(body: Uint8Array<ArrayBuffer>, type: string): Response {
  return new Response(body, { headers: { ...SECURITY_HEADERS, "content-type": type } });
}

/** A refusal in the site's error shape. */
export function refusal(status: number, code: string, message: string, hint: string | null = null): Response {
  return json({ error: { code, message, hint } }, status);
}

/** A refusal that tells what a user can mend. */
export function refusalOf(error: UserError): Response {
  const otherwise = error.code.startsWith("request.") ? 400 : 409;
  return refusal(STATUS_BY_CODE.get(error.code) ?? otherwise, error.code, error.message, error.hint ?? null);
}

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ["permission.wrong-code", 403],
  ["permission.too-many-codes", 429],
  ["approval.unknown", 404],
  ["request.not-found", 404],
  ["workspace.nothing-to-undo", 404],
  ["request.bad-body", 400],
]);
