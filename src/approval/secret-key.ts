import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { hasErrno, UserError } from "../errors.ts";
import { readOwnerOnly } from "./owner-only.ts";

const KEY_BYTES = 32;

/**
 * The key that approval states are signed with: 32 random bytes in `file`, mode 0600, made on first use. Of several
 * processes that start at once all get the same one. Throws `approval.key-unsafe` when others may read the file.
 */
export function loadOrCreateKey(file: string): Uint8Array {
  const existing = readKey(file);
  if (existing !== null) return existing;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(6).toString("hex")}`;
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    writeSync(descriptor, randomBytes(KEY_BYTES));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    // A link, unlike a rename, loses against a key that another process put there meanwhile.
    linkSync(draft, file);
  } catch (error) {
    if (!hasErrno(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const created = readKey(file);
  if (created === null) throw unsafe(file, "it vanished while it was made");
  return created;
}

function readKey(file: string): Uint8Array | null {
  const content = readOwnerOnly(file, KEY_BYTES);
  if (content === "absent") return null;
  if (typeof content === "string") throw unsafe(file, content);
  if (content.byteLength !== KEY_BYTES)
    throw unsafe(file, `it has ${content.byteLength} bytes instead of ${KEY_BYTES}`);
  return new Uint8Array(content);
}

function unsafe(file: string, why: string): UserError {
  return new UserError("approval.key-unsafe", `the key file ${file} cannot be trusted: ${why}`, {
    hint: `Remove ${file}; a new key is made, and questions that clients still show become void.`,
  });
}
