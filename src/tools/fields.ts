import { z } from "zod";
import { PATH_CHARS, QUERY_CHARS, SEARCH_LIMIT, SEARCH_TOKENS } from "./limits.ts";

// Fields that several tools share, so that one thing has one name and one limit everywhere.

export const queryField = z
  .string()
  .trim()
  .min(1)
  .max(QUERY_CHARS)
  .describe(
    `A question or description in plain words, a symbol, or a line of code; at most ${QUERY_CHARS} characters.`,
  );

export const pathField = z
  .string()
  .min(1)
  .max(PATH_CHARS)
  .describe("Path relative to the workspace, with `/`; an absolute path inside the workspace works too.");

export const globField = z
  .string()
  .min(1)
  .max(PATH_CHARS)
  .describe("Only paths that match this glob, such as `src/**/*.ts`; without a slash it matches the base name.");

export const cursorField = z
  .string()
  .min(1)
  .max(PATH_CHARS)
  .describe("`nextCursor` of the former answer, to go on where it ended.");

export const lineField = z.int().min(1);

export const limitField = z
  .int()
  .min(1)
  .max(SEARCH_LIMIT.max)
  .describe(`Most hits, 1 to ${SEARCH_LIMIT.max}; ${SEARCH_LIMIT.default} when left out.`);

/** @param byDefault what holds where it is left out, as a part of a sentence. */
export const maxTokensField = (byDefault: string) =>
  z
    .int()
    .min(100)
    .max(SEARCH_TOKENS.max)
    .describe(`Most tokens of the answer; what does not fit is on the next page. When left out: ${byDefault}.`);
