import { UserError } from "../errors.ts";
import type { ChunkFilter } from "../store/index-store.ts";
import type { ConversationQuery } from "./answer.ts";

/**
 * What a search of conversations is narrowed to.
 * @param now milliseconds since the epoch, which `7d` counts back from.
 * @throws UserError `request.date` for what is no time, and for a span that ends before it begins.
 */
export function conversationFilter(asked: ConversationQuery, now: number): ChunkFilter {
  const { project, sessionId, gitBranch, file } = asked;
  const since = asked.since === undefined ? undefined : momentOf("since", asked.since, now);
  const until = asked.until === undefined ? undefined : endOf(asked.until, momentOf("until", asked.until, now));
  if (since !== undefined && until !== undefined && since > until) {
    throw new UserError("request.date", `\`since\` (${asked.since}) is later than \`until\` (${asked.until})`, {
      hint: "Exchange them, or leave one out.",
    });
  }
  return {
    ...(project !== undefined && { project }),
    ...(sessionId !== undefined && { sessionId }),
    ...(gitBranch !== undefined && { gitBranch }),
    ...(file !== undefined && file !== "" && { file }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** A day without a time counts whole: until a day is until its end. */
function endOf(text: string, moment: number): number {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? moment + DAY_MS - 1 : moment;
}

function momentOf(name: string, text: string, now: number): number {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return now - Number(count) * (SPANS_MS[unit] ?? 0);
  const moment = /^\d{9,14}$/.test(text) ? Number(text) : isoMoment(text);
  if (Number.isFinite(moment)) return moment;
  throw new UserError("request.date", `\`${name}\` is no date: ${text.slice(0, 60)}`, {
    hint: "Write it as 2026-03-31, 2026-03-31T14:00:00Z, milliseconds since the epoch, or a time ago such as 7d.",
  });
}

/** `Date.parse` alone takes `week 1` for a day in 2001, and the 31st of February for one in March. */
function isoMoment(text: string): number {
  const [, day] = ISO.exec(text) ?? [];
  if (day === undefined) return Number.NaN;
  const asDay = Date.parse(day);
  if (!Number.isFinite(asDay) || !new Date(asDay).toISOString().startsWith(day)) return Number.NaN;
  return Date.parse(text);
}

const ISO = /^(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;
const DAY_MS = 86_400_000;
const SPANS_MS: Readonly<Record<string, number>> = { h: DAY_MS / 24, d: DAY_MS, w: 7 * DAY_MS };
