/** Most characters of one result's text: below the 50,000 at which clients cut or divert a result, with room for headers. */
export const RESULT_CHARS = 40_000;

/** Largest result that clients are told to accept (`anthropic/maxResultSizeChars`): structured results carry JSON quotes too. */
export const CLIENT_RESULT_CHARS = 200_000;

export const SEARCH_LIMIT = { default: 10, max: 100 } as const;

/** Longest query in characters: beyond it, it is no question but a pasted file, which `find_similar` serves better. */
export const QUERY_CHARS = 8_192;

/** Tokens of the answer of one search, at about 4 characters each. */
export const SEARCH_TOKENS = { default: 8_000, max: 40_000 } as const;

/** What an answer of so many tokens has for its hits, beside how many there are, a cursor, a note and the index's state. */
export function hitTokens(maxTokens: number): number {
  return maxTokens - Math.min(FRAME_TOKENS, Math.floor(maxTokens / 2));
}

const FRAME_TOKENS = 75;

/** Entries of one page of `list_files`. */
export const LIST_PAGE = { default: 200, max: 1_000 } as const;

/** Matching lines of one page of `search_files`. */
export const MATCH_PAGE = { default: 50, max: 200 } as const;

/** Lines shown around each match of `search_files`, at most. */
export const CONTEXT_LINES = 10;

/** Longest path, glob or cursor taken from outside, in characters (PATH_MAX of Linux). */
export const PATH_CHARS = 4_096;

/** Longest text of one write: more than the 1 MB that a written file may have. */
export const WRITE_CHARS = 2_000_000;

/** Milliseconds that a command may run; the default is the workspace's. */
export const COMMAND_TIMEOUT_MS = { default: 120_000, max: 3_600_000 } as const;
