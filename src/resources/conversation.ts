import { renderConversation } from "../tools/read-conversation.ts";
import type { Resource } from "./resource.ts";

/** A past conversation from its beginning, or around a line of its log: `conversation://SESSION/LINE`. */
export const conversationResource: Resource = {
  name: "conversation",
  title: "Past conversation",
  description: "Messages of a past conversation by its session's id; a line of its log after a slash shows that place.",
  mimeType: "text/plain",
  uri: "conversation://",
  variable: "sessionId",
  read: async (rest, { conversations }) => {
    const match = /^([\w-]{1,200})(?:\/(\d{1,9}))?$/.exec(rest);
    if (match?.[1] === undefined) return null;
    const around = match[2] === undefined ? {} : { around: Number(match[2]) };
    const page = await conversations.read({ sessionId: match[1], ...around });
    return { text: renderConversation(page), mimeType: "text/plain" };
  },
};
