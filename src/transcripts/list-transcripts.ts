import { readdirSync, realpathSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { messageOf } from "../errors.ts";

/** A log on disk and what its place tells of it. */
export interface TranscriptFile {
  /** Absolute, with `/`. */
  readonly path: string;
  /** The session it belongs to, as its name or its folder tells; empty where only its records can. */
  readonly sessionId: string;
  /** The subagent that wrote it; null for a session's own log. */
  readonly agentId: string | null;
  /** Project name guessed from the folder; the records know better. */
  readonly project: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

export interface TranscriptListing {
  readonly files: readonly TranscriptFile[];
  /** Places that could not be read, and why. */
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * All conversation logs under `roots`: each `*.jsonl` that is a regular file, at any depth, symbolic links followed,
 * each folder visited once. A root that does not exist has no logs.
 */
export async function listTranscripts(roots: readonly string[], signal?: AbortSignal): Promise<TranscriptListing> {
  const files: TranscriptFile[] = [];
  const problems: { path: string; reason: string }[] = [];
  const visited = new Set<string>();
  const waiting = roots.map((root) => ({ folder: path.resolve(root), root: path.resolve(root) })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { folder, root } = next;
    try {
      const real = realpathSync(folder);
      if (visited.has(real)) continue;
      visited.add(real);
      const entries = readdirSync(folder, { withFileTypes: true }).sort(byName);
      for (const entry of entries.reverse()) {
        const place = path.join(folder, entry.name);
        const kind = kindOf(entry, place);
        if (kind === "other" || !mayHoldTranscripts(entry.name, kind === "folder")) continue;
        const file = kind === "file" ? describeTranscript(place, root) : null;
        if (kind === "folder") waiting.push({ folder: place, root });
        else if (file !== null) files.push(file);
      }
    } catch (error) {
      if (folder !== root || !isMissing(folder)) problems.push({ path: folder, reason: messageOf(error) });
    }
    // Other work goes on between folders: a sweep of 10,000 logs must not hold up a search.
    if (visited.size % FOLDERS_PER_TURN === 0) await setImmediate();
    signal?.throwIfAborted();
  }
  return { files, problems };
}

/**
 * What is there of the logs at these absolute paths; null when one of them is no log's name, so that only a listing of
 * everything can tell.
 */
export function describeTranscripts(paths: readonly string[], roots: readonly string[]): TranscriptListing | null {
  const files: TranscriptFile[] = [];
  for (const place of paths) {
    const root = roots.find((candidate) => !path.relative(candidate, place).startsWith(".."));
    if (root === undefined || !isTranscriptName(path.basename(place))) return null;
    const file = describeTranscript(place, path.resolve(root));
    if (file !== null) files.push(file);
  }
  return { files, problems: [] };
}

/** Whether conversations may lie in a folder of this name, or be a file of it. */
export function mayHoldTranscripts(name: string, isDirectory: boolean): boolean {
  return isDirectory ? !PRIVATE_FOLDERS.has(name) : isTranscriptName(name);
}

/** Whether a file of this name may be a conversation log. */
function isTranscriptName(name: string): boolean {
  return name.endsWith(".jsonl") && name !== "journal.jsonl" && name !== "history.jsonl";
}

/** One log and what its place under `root` tells of it; null when it is gone. */
function describeTranscript(file: string, root: string): TranscriptFile | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) return null;
  const { size, mtimeMs, ino } = stats;
  const segments = path.relative(root, file).split(path.sep);
  const name = path.basename(file, ".jsonl");
  const subagents = segments.lastIndexOf("subagents");
  const isAgent = name.startsWith("agent-");
  let sessionId = name;
  if (isAgent) sessionId = subagents > 0 ? (segments[subagents - 1] ?? "") : "";
  return {
    path: file.replaceAll("\\", "/"),
    sessionId,
    agentId: isAgent ? name.slice("agent-".length) : null,
    project: segments.length > 1 ? projectOfFolder(segments[0] ?? "") : "",
    size,
    mtimeMs,
    inode: ino,
  };
}

/** `-home-me-my-app` was `/home/me/my-app` or `/home/me/my/app`: only the last word is certain. */
function projectOfFolder(folder: string): string {
  return folder.split("-").findLast((word) => word !== "") ?? folder;
}

function kindOf(entry: Dirent, place: string): "file" | "folder" | "other" {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (!entry.isSymbolicLink()) return "other";
  try {
    const target = statSync(place);
    if (target.isFile()) return "file";
    return target.isDirectory() ? "folder" : "other";
  } catch {
    return "other";
  }
}

function isMissing(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false }) === undefined;
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

/** Folders beside the logs that hold no conversations of their own. */
const PRIVATE_FOLDERS: ReadonlySet<string> = new Set(["tool-results", "memory"]);
const FOLDERS_PER_TURN = 64;
