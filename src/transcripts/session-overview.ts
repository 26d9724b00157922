import { sha256 } from "../sha256.ts";
import type { ExchangeChunk } from "./exchange-chunk.ts";
import type { SessionProgress } from "./session-facts.ts";
import { titleOf } from "./session-facts.ts";
import { splitText } from "./split-text.ts";
import type { TextLimit } from "./split-text.ts";

/**
 * The session at a glance, searchable as one chunk: its titles, what was asked first, the files it touched. It stands
 * after the session's other chunks and is replaced whenever the session grows. Null for a session without messages.
 */
export function overviewChunk(session: SessionProgress, lines: number, limit: TextLimit): ExchangeChunk | null {
  if (session.messages === 0) return null;
  const title = titleOf(session);
  const asked = head(session.firstPrompt, { ...limit, maxTokens: Math.max(1, Math.floor(limit.maxTokens / 2)) });
  const heads = session.summaries.filter((summary) => summary !== title);
  const about = [`Session: ${title ?? ""}`, ...heads, asked === "" ? "" : `Asked: ${asked}`].filter(
    (line) => line !== "",
  );
  const facts = [
    session.links.join(" "),
    session.files.length === 0 ? "" : `Files: ${session.files.map((file) => relativeTo(session.cwd, file)).join(" ")}`,
  ].filter((line) => line !== "");
  const embedText = head(about.join("\n"), limit);
  const text = head([...about, ...facts].join("\n"), limit);
  return {
    startLine: 1,
    endLine: Math.max(1, lines),
    text,
    language: "conversation",
    kind: "session",
    symbol: title,
    defines: [],
    vectorKey: sha256(embedText),
    embedText: embedText === text ? null : embedText,
    session: {
      sessionId: session.sessionId,
      project: session.project,
      gitBranch: session.gitBranch,
      cwd: session.cwd,
      role: "summary",
      isSubagent: session.agentId !== null,
      startedAt: session.startedAt,
      endedAt: session.endedAt,
      details: { agentId: session.agentId, messages: session.messages, files: session.files, links: session.links },
    },
  };
}

function head(text: string, limit: TextLimit): string {
  return splitText(text, limit)[0]?.trimEnd() ?? "";
}

function relativeTo(cwd: string | null, file: string): string {
  if (cwd === null || !file.startsWith(cwd)) return file;
  return file.slice(cwd.length).replace(/^[/\\]/, "");
}
