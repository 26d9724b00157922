import type { CodeHit, CodeQuery, IndexState, SearchAnswer } from "../search/answer.ts";

/** What tools may reach, one narrow port per capability. Only methods that a tool uses; the composition root builds it. */
export interface ToolContext {
  readonly files: FileReader;
  readonly codeSearch: CodeSearch;
  readonly index: IndexInspector;
}

export interface CodeSearch {
  /** @throws UserError when the query, glob, language or cursor cannot be used. */
  search(query: CodeQuery, signal: AbortSignal): Promise<SearchAnswer<CodeHit>>;
  /** Code like the chunk at this line, that chunk itself left out. */
  similar(place: SimilarQuery, signal: AbortSignal): Promise<SearchAnswer<CodeHit>>;
}

export interface SimilarQuery {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly limit?: number | undefined;
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
  read(request: ReadRequest, signal: AbortSignal): Promise<FileSlice>;
  list(request: ListRequest, signal: AbortSignal): Promise<Listing>;
  /** Lines that match a regular expression of linear-time syntax, ignored files left out. */
  search(request: MatchRequest, signal: AbortSignal): Promise<Matches>;
}

export interface ReadRequest {
  readonly path: string;
  /** From 1, inclusive. */
  readonly startLine: number;
  /** Inclusive. */
  readonly endLine: number;
  /** The slice ends before the line with which it would grow past this; a longer single line is cut. */
  readonly maxChars: number;
}

export interface FileSlice {
  readonly path: string;
  /** Whole lines joined with `\n`, whatever the file's own line endings are. */
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly totalLines: number;
  /** sha256 of the whole file, hex: `write_file` takes it as `expectedHash`. */
  readonly hash: string;
  /** Whether the last line shown was cut because it alone is longer than `maxChars`. */
  readonly cut: boolean;
}

export interface ListRequest {
  /** Directory; empty for the workspace. */
  readonly path: string;
  readonly glob?: string | undefined;
  readonly recursive: boolean;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Listing {
  readonly path: string;
  readonly entries: readonly {
    /** Relative to the workspace. */
    readonly path: string;
    readonly kind: "file" | "directory" | "link";
    /** Bytes; null for what is no file. */
    readonly size: number | null;
  }[];
  readonly nextCursor?: string | undefined;
}

export interface MatchRequest {
  readonly pattern: string;
  readonly path?: string | undefined;
  readonly glob?: string | undefined;
  readonly ignoreCase: boolean;
  /** The pattern is plain text. */
  readonly literal: boolean;
  /** Lines shown before and after each match. */
  readonly contextLines: number;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Matches {
  /** In the order of paths and lines. */
  readonly lines: readonly {
    readonly path: string;
    readonly line: number;
    readonly text: string;
    /** False for a line of context. */
    readonly isMatch: boolean;
  }[];
  readonly nextCursor?: string | undefined;
}
