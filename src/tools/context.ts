import type { CodeHit, CodeQuery, IndexState, SearchAnswer } from "../search/answer.ts";
import type { AgentRunner } from "./agent-port.ts";
import type { ConversationMemory } from "./conversation-ports.ts";
import type { CommandRunner, FileChanger, GitCommitter } from "./gated-ports.ts";
import type { ListFilesRequest, ListFilesResult } from "../workspace/list-files.ts";
import type { ReadFileRequest, ReadFileResult } from "../workspace/read-file.ts";
import type { SearchFilesRequest, SearchFilesResult } from "../workspace/search-files.ts";

/** What tools may reach, one narrow port per capability. Only methods that a tool uses; the composition root builds it. */
export interface ToolContext {
  readonly files: FileReader;
  readonly codeSearch: CodeSearch;
  readonly conversations: ConversationMemory;
  readonly index: IndexInspector;
  readonly changes: FileChanger;
  readonly commands: CommandRunner;
  readonly git: GitCommitter;
  readonly agents: AgentRunner;
}

export interface CodeSearch {
  /** @throws UserError when the query, glob, language or cursor cannot be used. */
  search(query: CodeQuery, signal: AbortSignal): Promise<SearchAnswer<CodeHit>>;
  /** Code like the code at a line (from 1), elsewhere. @throws UserError `index.not-found` when nothing is indexed there. */
  similar(path: string, line: number, limit: number | undefined, signal: AbortSignal): Promise<SearchAnswer<CodeHit>>;
}

export interface IndexInspector {
  status(): Promise<IndexReport>;
}

/** The index's state and what a person would ask about it next. */
export interface IndexReport {
  /** Absolute directory of the project. */
  readonly workspace: string;
  readonly code: IndexState;
  /** Null where conversations are not indexed. */
  readonly conversations: IndexState | null;
  /** How many files differ on disk; null where a watcher sees to it, or nothing is indexed yet. */
  readonly behind: { readonly changed: number; readonly removed: number } | null;
  /** Milliseconds since the epoch of the last committed change; null for a new index. */
  readonly updatedAt: number | null;
  readonly bytes: number;
  /** Files seen and left out, by reason, the most frequent first. */
  readonly skipped: readonly {
    readonly reason: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
  /** What is wrong and how to mend it, such as a missing model. */
  readonly notice?: string | undefined;
}

/** Reads inside the workspace; every path is resolved and guarded behind this port. */
export interface FileReader {
  /** @throws UserError `workspace.*` when the path is outside, missing, no regular file, binary or hidden by policy. */
  read(request: ReadFileRequest): ReadFileResult;
  list(request: ListFilesRequest, signal: AbortSignal): Promise<ListFilesResult>;
  /** @throws UserError `request.invalid-pattern` too. */
  search(request: SearchFilesRequest, signal: AbortSignal): Promise<SearchFilesResult>;
}
