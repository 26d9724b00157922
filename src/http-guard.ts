import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

export interface GuardOptions {
  /** Address that the server is bound to. */
  readonly host: string;
  readonly port: number;
  /** Further `host` or `host:port` values that clients may use, such as the name of a container. */
  readonly extraHosts?: readonly string[];
  /** Further origins whose pages may call, such as `https://tools.example.org`. */
  readonly extraOrigins?: readonly string[];
}

/** Why a request is refused before anything looks at it. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Whether only programs on this machine can reach this address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Host headers that are answered: the names of this machine for itself, the address bound to, and the extra ones. */
export function allowedHosts({ host, port, extraHosts = [] }: GuardOptions): ReadonlySet<string> {
  const names = ["127.0.0.1", "localhost", "[::1]", isIP(host) === 6 ? `[${host}]` : host];
  return new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : []), ...extraHosts].map(lower));
}

/**
 * Refuses names that were rebound to this machine (Host) and pages of other sites (Origin); null lets a request pass.
 * A request without an Origin comes from no page. With null for `hosts` any name is served, to its own pages.
 */
export function refuseHost(
  host: string | undefined,
  origin: string | undefined,
  hosts: ReadonlySet<string> | null,
  extraOrigins: readonly string[] = [],
): Refusal | null {
  if (host === undefined || hosts?.has(lower(host)) === false)
    return { status: 403, code: "permission.foreign-host", message: "this host name is not served here" };
  if (origin === undefined || extraOrigins.includes(origin)) return null;
  const own = /^https?:\/\/(.*)$/.exec(lower(origin));
  const served = hosts ?? new Set([lower(host)]);
  if (own?.[1] !== undefined && served.has(own[1])) return null;
  return { status: 403, code: "permission.foreign-origin", message: "pages of other sites may not call this server" };
}

/** Checks `Authorization: Bearer …` in a time that tells nothing about the token. */
export function refuseBearer(authorization: string | undefined, token: string): Refusal | null {
  if (isSameSecret(bearerOf(authorization) ?? "", token)) return null;
  return { status: 401, code: "permission.unauthorised", message: NO_TOKEN };
}

/** The token of `Authorization: Bearer …`; undefined where there is none. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer (.+)$/i.exec(authorization ?? "")?.[1];
}

/** Whether both are the same, in a time that tells nothing about either. */
export function isSameSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

const NO_TOKEN =
  'a valid bearer token is needed: send the header "Authorization: Bearer TOKEN"; the server says at its start where its token is';

function lower(text: string): string {
  return text.toLowerCase();
}
