import type { ChunkRecord, Passage, SessionFacts, StoredChunk } from "../index-store.ts";

/** Everything of a chunk as a point's payload, so that the index can be had back from the server alone. */
export function chunkPayload(chunk: StoredChunk, passages: readonly Passage[] = []): Record<string, unknown> {
  const { session, text, embedText, defines } = chunk;
  return {
    chunk: chunk.id,
    path: chunk.path,
    dirs: ancestorsOf(chunk.path),
    language: chunk.language,
    kind: chunk.kind,
    symbol: chunk.symbol,
    start_line: chunk.startLine,
    end_line: chunk.endLine,
    text,
    vector_key: chunk.vectorKey,
    ...(passages.length > 0 && {
      passages: JSON.stringify(passages.map(({ vectorKey, text: said }) => [vectorKey, said])),
    }),
    ...(defines.length > 0 && { defines }),
    ...(embedText !== null && { embed: around(embedText, text) }),
    ...(session && {
      session_id: session.sessionId,
      project: session.project,
      git_branch: session.gitBranch,
      cwd: session.cwd,
      role: session.role,
      is_subagent: session.isSubagent,
      started_at: session.startedAt,
      ended_at: session.endedAt,
      details: JSON.stringify(session.details),
    }),
  };
}

/** The chunk of a payload; the opposite of `chunkPayload`. Null where somebody else wrote it. */
export function chunkOfPayload(payload: Readonly<Record<string, unknown>>): ChunkRecord | null {
  const { text, kind, language, symbol, vector_key: vectorKey, start_line: startLine, end_line: endLine } = payload;
  if (typeof text !== "string" || typeof kind !== "string" || typeof language !== "string") return null;
  if (typeof vectorKey !== "string" || typeof startLine !== "number" || typeof endLine !== "number") return null;
  const { defines = [], embed = null } = payload;
  return {
    startLine,
    endLine,
    text,
    language,
    kind,
    symbol: textOrNull(symbol),
    defines: Array.isArray(defines) ? defines.map(String) : [],
    vectorKey,
    embedText: Array.isArray(embed) ? embed.map(textOrNull).join(text) : textOrNull(embed),
    session: sessionOf(payload),
    ...(typeof payload["passages"] === "string" && { passages: passagesOf(payload["passages"]) }),
  };
}

function passagesOf(json: string): Passage[] {
  return (JSON.parse(json) as [vectorKey: string, text: string][]).map(([vectorKey, text]) => ({ vectorKey, text }));
}

function sessionOf(payload: Readonly<Record<string, unknown>>): SessionFacts | null {
  if (typeof payload["session_id"] !== "string") return null;
  return {
    sessionId: payload["session_id"],
    project: textOrNull(payload["project"]) ?? "",
    gitBranch: textOrNull(payload["git_branch"]),
    cwd: textOrNull(payload["cwd"]),
    role: textOrNull(payload["role"]) ?? "",
    isSubagent: payload["is_subagent"] === true,
    startedAt: Number(payload["started_at"]),
    endedAt: Number(payload["ended_at"]),
    details: JSON.parse(textOrNull(payload["details"]) ?? "{}") as Record<string, unknown>,
  };
}

/** What is embedded is mostly the text under a heading: then only what is around it, else all of it. */
function around(embedText: string, text: string): [before: string, after: string] | string {
  const at = text === "" ? -1 : embedText.indexOf(text);
  return at === -1 ? embedText : [embedText.slice(0, at), embedText.slice(at + text.length)];
}

/** Every directory above a path, so that a filter by directory is a filter by keyword. */
function ancestorsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
