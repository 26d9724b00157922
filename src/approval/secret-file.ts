import { randomBytes } from "node:crypto";
import { linkSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { hasErrno, UserError } from "../errors.ts";
import { storeError } from "../sqlite-errors.ts";
import { readOwnerOnly } from "./owner-only.ts";

const KEY_BYTES = 32;
/** Longer than anybody types, shorter than a header may be. */
const MAX_TOKEN_BYTES = 1_024;
/** What a header carries as it is, too long to be guessed. */
const TOKEN = /^[\x21-\x7e]{16,}$/;

/**
 * The key that approval states are signed with: 32 random bytes in `file`, mode 0600, made on first use. Of several
 * processes that start at once all get the same one. Throws `approval.key-unsafe` when others may read the file.
 */
export function loadOrCreateKey(file: string): Uint8Array {
  const refuse = (why: string) =>
    new UserError("approval.key-unsafe", `the key file ${file} cannot be trusted: ${why}`, {
      hint: `Remove ${file}; a new key is made, and questions that clients still show become void.`,
    });
  const key = loadOrMake(file, KEY_BYTES, () => randomBytes(KEY_BYTES), refuse);
  if (key.byteLength !== KEY_BYTES) throw refuse(`it has ${key.byteLength} bytes instead of ${KEY_BYTES}`);
  return new Uint8Array(key);
}

/**
 * The token that clients over HTTP send: one line of text in `file`, mode 0600, made on first use and the same ever
 * after, so that what clients were configured with stays right. Throws `permission.token-unsafe` when others may read it.
 */
export function loadOrCreateToken(file: string): string {
  const refuse = (why: string) =>
    new UserError("permission.token-unsafe", `the token in ${file} cannot be trusted: ${why}`, {
      hint: `Remove ${file}; a new token is made, which clients must then be given.`,
    });
  const make = () => Buffer.from(`${randomBytes(KEY_BYTES).toString("base64url")}\n`);
  const token = loadOrMake(file, MAX_TOKEN_BYTES, make, refuse).toString("latin1").trim();
  if (!TOKEN.test(token)) throw refuse("it is not one word of 16 or more characters");
  return token;
}

function loadOrMake(file: string, maxBytes: number, make: () => Buffer, refuse: (why: string) => UserError): Buffer {
  const read = (): Buffer | null => {
    const content = readOwnerOnly(file, maxBytes);
    if (content === "absent") return null;
    if (typeof content === "string") throw refuse(content);
    return content;
  };
  try {
    const existing = read();
    if (existing !== null) return existing;
    put(file, make());
    const created = read();
    if (created === null) throw refuse("it vanished while it was made");
    return created;
  } catch (error) {
    throw storeError(error, file);
  }
}

/** Writes a new file whole or not at all; one that another process put there meanwhile stays. */
function put(file: string, content: Buffer): void {
  makeDirectory(path.dirname(file), 0o700);
  const draft = `${file}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: "wx", flush: true });
    // A link, unlike a rename, loses against a file that is there.
    linkSync(draft, file);
  } catch (error) {
    if (!hasErrno(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
