import { createHash } from "node:crypto";
import type { Message } from "./message.ts";
import { splitText } from "./split-text.ts";
import type { TextLimit } from "./split-text.ts";

/** What has a vector of its own. */
export interface Passage {
  readonly vectorKey: string;
  readonly text: string;
}

/**
 * What was said, each message by itself under its speaker: a vector of ten messages is near to none of them. Tool calls
 * stay out; they are found by their words. `prose` is how much of `body` was said, in UTF-16 units.
 */
export function passagesOf(
  pieces: readonly { readonly role: Message["role"]; readonly body: string; readonly prose: number }[],
  { maxTokens, measure }: TextLimit,
): Passage[] {
  const limit = { maxTokens: Math.min(maxTokens, PASSAGE_TOKENS), measure };
  return pieces.flatMap(({ role, body, prose }) => {
    const said = body.slice(0, prose).trim();
    return splitText(said, limit).map((part) => {
      const text = `${SPEAKERS[role]}: ${part.trim()}`;
      return { vectorKey: digestOf([text]), text };
    });
  });
}

/** sha256 of the parts, hex. */
export function digestOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** How a speaker is named in texts. */
export const SPEAKERS: Readonly<Record<Message["role"], string>> = {
  user: "User",
  assistant: "Assistant",
  summary: "Summary",
};

/** Longer messages say several things. Of 30 needles that share no words, 6 are found by whole chunks and 23 by messages. */
const PASSAGE_TOKENS = 200;
