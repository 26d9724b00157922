import { UserError } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { readBytes, withRegularFile } from "./open-file.ts";
import type { SafePath } from "./paths.ts";
import { decodeText } from "./text-encoding.ts";

/** A file's content at one moment, as a preview shows it. `text` is null where the content is binary. */
export interface FileImage {
  readonly text: string | null;
  readonly bytes: number;
  /** sha256 of the bytes, hex. */
  readonly hash: string;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
}

/** A file's bytes and permission bits. */
export interface FileContent {
  readonly content: Buffer;
  readonly mode: number;
}

/** Bytes of a file that an agent may replace or delete: what was there is kept for an undo. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/** Reads a whole file with its mode and the number of its names; null where there is none. */
export function readContent(path: SafePath): (FileContent & { readonly links: number }) | null {
  if (!path.exists) return null;
  return withRegularFile(path.absolute, path.relative, (fd, stats) => {
    if (stats.size > MAX_KEPT_BYTES) {
      throw new UserError("workspace.too-large", `${path.relative} has ${stats.size} bytes, too many to change here`);
    }
    return { content: readBytes(fd, 0, stats.size + 1), mode: stats.mode & 0o7777, links: stats.nlink };
  });
}

/** What is to be known of a file's content; `text` is null where it is binary. */
export function imageOf({ content, mode }: FileContent): FileImage {
  return { text: decodeText(content)?.text ?? null, bytes: content.length, hash: sha256(content), mode };
}
