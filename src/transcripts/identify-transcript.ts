import path from "node:path";

/** What the place of a log tells of it; its records know better where they speak. */
export interface TranscriptIdentity {
  /** The session it belongs to; empty where only its records can tell. */
  readonly sessionId: string;
  /** The subagent that wrote it; null for a session's own log. */
  readonly agentId: string | null;
  /** Project name guessed from the folder. */
  readonly project: string;
}

/**
 * Reads a log's place under its root: `<project>/<session>.jsonl`, `<project>/<session>/subagents/…/agent-<id>.jsonl`,
 * or an early `<project>/agent-<id>.jsonl`, whose session only its records name.
 */
export function identifyTranscript(file: { readonly path: string; readonly root: string }): TranscriptIdentity {
  const segments = path.relative(file.root, file.path).split(/[/\\]/);
  const name = path.basename(file.path, ".jsonl");
  const project = segments.length > 1 ? projectOfFolder(segments[0] ?? "") : "";
  if (!name.startsWith("agent-")) return { sessionId: name, agentId: null, project };
  const subagents = segments.lastIndexOf("subagents");
  const sessionId = subagents > 0 ? (segments[subagents - 1] ?? "") : "";
  return { sessionId, agentId: name.slice("agent-".length), project };
}

/** `-home-me-my-app` was `/home/me/my-app` or `/home/me/my/app`: only the last word is certain. */
function projectOfFolder(folder: string): string {
  return folder.split("-").findLast((word) => word !== "") ?? folder;
}
