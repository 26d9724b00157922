import { z } from "zod";

const indexState = z.object({
  files: z.number(),
  chunks: z.number(),
  embeddedPercent: z
    .number()
    .describe("100 when every chunk can be found by meaning; below, the rest is found by words."),
  freshness: z.enum(["fresh", "updating", "stale"]),
  embedder: z.string(),
  store: z.enum(["sqlite", "qdrant"]),
});

const codeHit = z.object({
  path: z.string(),
  startLine: z.number(),
  endLine: z.number(),
  language: z.string(),
  symbol: z.string().nullable(),
  kind: z.string(),
  score: z.number(),
  text: z.string(),
  matched: z.array(z.enum(["lexical", "vector"])),
});

/** The answer of a code search, as clients may rely on it. */
export const codeAnswer = z.object({
  query: z.string(),
  tookMs: z.number(),
  index: indexState,
  hits: z.array(codeHit),
  nextCursor: z.string().optional(),
  notice: z.string().optional(),
});

/** The answer of a search of conversations. */
export const conversationAnswer = z.object({
  query: z.string(),
  tookMs: z.number(),
  index: indexState,
  hits: z.array(
    z.object({
      sessionId: z.string(),
      project: z.string(),
      timestamp: z.string(),
      role: z.string(),
      title: z.string().nullable(),
      text: z.string(),
      score: z.number(),
      transcript: z.string(),
      firstLine: z.number(),
      lastLine: z.number(),
      gitBranch: z.string().nullable(),
      cwd: z.string().nullable(),
      isSubagent: z.boolean(),
      agentId: z.string().nullable().describe("To be given to read_conversation; null for the session's own log."),
      resume: z.string().nullable().describe("Shell command that goes on with the session; null when its log is gone."),
    }),
  ),
  nextCursor: z.string().optional(),
  notice: z.string().optional(),
});

/** The answer of `index_status`. */
export const indexReport = z.object({
  workspace: z.string(),
  code: indexState,
  conversations: indexState.nullable(),
  behind: z
    .object({ changed: z.number(), removed: z.number() })
    .nullable()
    .describe("Files that differ on disk and are not indexed yet; null where a watcher keeps up with them."),
  updatedAt: z.string().nullable().describe("ISO 8601"),
  bytes: z.number(),
  skipped: z.array(z.object({ reason: z.string(), count: z.number(), examples: z.array(z.string()) })),
  notice: z.string().optional(),
});
