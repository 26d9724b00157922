import type { StoredChunk } from "../store/index-store.ts";

/** One message as it was indexed: prose, and a line for each tool call and error. */
export interface ConversationTurn {
  readonly role: "user" | "assistant" | "summary";
  readonly uuid: string;
  /** ISO 8601; empty when the log told no time. */
  readonly timestamp: string;
  /** Line of the log, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** The messages that a log's chunks hold, in order; parts of a long message are put together again. */
export function turnsOf(chunks: readonly StoredChunk[]): ConversationTurn[] {
  const turns: ConversationTurn[] = [];
  for (const { kind, text, session } of chunks) {
    if (kind !== "exchange") continue;
    const places = placesIn(session?.details["turns"]);
    for (const [index, place] of places.entries()) {
      const body = text.slice(place.start, places[index + 1]?.markerStart(text) ?? text.length);
      const last = turns.at(-1);
      if (place.continued && last !== undefined && last.line === place.line) {
        turns[turns.length - 1] = { ...last, text: last.text + body };
      } else {
        turns.push({ ...place.turn, text: body });
      }
    }
  }
  return turns;
}

interface Place {
  readonly start: number;
  readonly line: number;
  readonly continued: boolean;
  readonly turn: Omit<ConversationTurn, "text">;
  /** Where what precedes this message ends: before its line break and speaker. */
  readonly markerStart: (text: string) => number;
}

/** Details come back from the store as plain JSON: what is not as written is left out rather than trusted. */
function placesIn(details: unknown): Place[] {
  if (!Array.isArray(details)) return [];
  return details.flatMap((detail: unknown): Place[] => {
    if (typeof detail !== "object" || detail === null) return [];
    const { role, uuid, time, line, start, continued }: Partial<Record<string, unknown>> = { ...detail };
    if (!isRole(role)) return [];
    if (typeof start !== "number" || typeof line !== "number") return [];
    const timestamp = typeof time === "number" && time > 0 ? new Date(time).toISOString() : "";
    const turn = { role, uuid: typeof uuid === "string" ? uuid : "", timestamp, line };
    const markerStart = (text: string) => text.slice(0, start).replace(MARKER, "").length;
    return [{ start, line, continued: continued === true, turn, markerStart }];
  });
}

function isRole(role: unknown): role is ConversationTurn["role"] {
  return role === "user" || role === "assistant" || role === "summary";
}

const MARKER = /(?:\n\n(?:User|Assistant|Summary): |\n)$/;
