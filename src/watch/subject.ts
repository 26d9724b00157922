/** Something that is kept fresh: the code of a project, or the conversations of a user. */
export interface WatchSubject {
  /** For messages, such as `code`. */
  readonly name: string;
  /** Absolute folders to watch. */
  readonly roots: readonly string[];
  /** The rules for what lies under a root, read anew: whether a path (relative, with `/`) is worth looking at. */
  openFilter(root: string): Promise<PathTest>;
  /** Takes the right to write; false while another living process has it, which then does the work. */
  acquireLease(): Promise<boolean>;
  releaseLease(): Promise<void>;
  /** When everything was last read and compared, by whichever process, in milliseconds since the epoch; null: never. */
  checkedAt(): Promise<number | null>;
  /** Brings the full-text index up to date. */
  refresh(request: RefreshRequest): Promise<RefreshSummary>;
  /** Gives what was refreshed its embeddings, for as long as it takes; runs beside later refreshes. */
  readonly embed?: (signal: AbortSignal) => Promise<void>;
}

/** Directories that fail the test are never entered. */
export type PathTest = (relative: string, isDirectory: boolean) => boolean;

export interface RefreshRequest {
  /** Absolute paths that changed; null to look at everything. */
  readonly paths: readonly string[] | null;
  /** `full` reads and hashes what size and time call unchanged. */
  readonly check: "quick" | "full";
  readonly signal: AbortSignal;
}

export interface RefreshSummary {
  /** Files of which something was stored or removed. */
  readonly changed: number;
}
