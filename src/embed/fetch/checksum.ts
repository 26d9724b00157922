import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../errors.ts";

/** sha256 of a file, hex, read in pieces. */
export async function sha256OfFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, ...(signal ? [{ signal }] : []));
  return hash.digest("hex");
}

/** @throws UserError `embedding.checksum` when the file is not what was pinned. */
export async function mustHaveSha256(file: string, expected: string, what: string): Promise<void> {
  const actual = await sha256OfFile(file);
  if (actual === expected) return;
  throw new UserError(
    "embedding.checksum",
    `${what} is not the file that was pinned (sha256 ${actual}, not ${expected})`,
    {
      hint: "The source or what lies between was changed; nothing of it was kept. Try again, or from another network.",
    },
  );
}
