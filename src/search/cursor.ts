import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";

/** Where the next page of an answer begins. */
export interface Cursor {
  /** Digest of what was asked, so that a cursor of another question is refused. */
  readonly digest: string;
  /** Number of hits already told. */
  readonly offset: number;
}

/** A short digest of everything that decides the order of an answer. */
export function digestOf(asked: readonly (string | number | undefined)[]): string {
  return createHash("sha256")
    .update(JSON.stringify(asked.map((part) => part ?? null)))
    .digest("base64url")
    .slice(0, 12);
}

/** A cursor as clients hand it back. */
export function encodeCursor({ digest, offset }: Cursor): string {
  return `${digest}.${offset.toString(36)}`;
}

/** @throws UserError `request.cursor` when it is not one of ours or belongs to another question. */
export function decodeCursor(text: string, digest: string): Cursor {
  const match = /^([\w-]{12})\.([\da-z]{1,6})$/.exec(text);
  if (!match) {
    throw new UserError("request.cursor", "The cursor is not one that an answer gave.", {
      hint: "Pass `nextCursor` of the former answer unchanged, or leave `cursor` out to start over.",
    });
  }
  if (match[1] !== digest) {
    throw new UserError("request.cursor", "The cursor belongs to another query or other filters.", {
      hint: "Repeat the query and filters of the answer that gave it, or leave `cursor` out to start over.",
    });
  }
  return { digest, offset: Number.parseInt(match[2] ?? "0", 36) };
}
