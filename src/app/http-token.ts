import path from "node:path";
import { loadOrCreateToken } from "../approval/secret-file.ts";
import type { Config } from "../settings.ts";

/** What clients over HTTP must send, and where they can be told of it. */
export interface HttpToken {
  readonly token: string;
  /** The file of this user's that holds it; null where it came from a setting, which is secret. */
  readonly file: string | null;
}

/** Where the token is that is made where none is set. */
export function tokenFileOf(home: string): string {
  return path.join(home, "http-token");
}

/**
 * The token of `serve --http`: the one that is set, else one of this user's own, made when first needed. Every program of
 * every user of a machine reaches its loopback addresses, and a client approves in its human's name.
 * @throws UserError `permission.token-unsafe` when others may read the file that holds it
 */
export function httpToken({ httpToken: set, home }: Pick<Config, "httpToken" | "home">): HttpToken {
  if (set !== undefined) return { token: set, file: null };
  const file = tokenFileOf(home);
  return { token: loadOrCreateToken(file), file };
}
