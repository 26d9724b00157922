import { createReadStream } from "node:fs";
import { ChainedHash } from "./chained-hash.ts";
import { storedDigest } from "./read-transcript.ts";

/**
 * Whether the bytes that `resume` was made from are still what they were, by reading them all. True where there is
 * nothing to compare with.
 * @throws Node errors of reading, such as `ENOENT`.
 */
export async function isTranscriptIntact(path: string, resume: string | null): Promise<boolean> {
  const stored = storedDigest(resume);
  if (stored === null || stored.size === 0) return true;
  const hash = ChainedHash.begin();
  for await (const bytes of createReadStream(path, { end: stored.size - 1, highWaterMark: 1_048_576 })) {
    if (bytes instanceof Buffer) hash.update(bytes);
  }
  return hash.size === stored.size && hash.digest() === stored.hash;
}
