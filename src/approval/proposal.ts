/** A file's content at one moment. `text` is null where the content is binary. */
export interface FileImage {
  readonly text: string | null;
  readonly bytes: number;
  /** SHA-256 in hex of the bytes. */
  readonly hash: string;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
}

/** A file that will be created (`before` is null) or replaced. `path` is relative to the workspace, with `/`. */
export interface WriteProposal {
  readonly kind: "write";
  readonly path: string;
  readonly before: FileImage | null;
  readonly after: FileImage;
  /** What else the human should know, such as that line endings change. */
  readonly warnings?: readonly string[];
}

export interface DeleteProposal {
  readonly kind: "delete";
  readonly path: string;
  readonly before: FileImage;
  readonly warnings?: readonly string[];
}

/** A command as it will be started: either an argv without a shell, or a line handed to one. */
export interface CommandProposal {
  readonly kind: "command";
  readonly run: { readonly argv: readonly string[] } | { readonly shell: string; readonly line: string };
  /** The file that its first word stands for: absolute, or relative if it lies in the workspace; null for unknown. */
  readonly program: string | null;
  /** Words that links lead elsewhere: relative to the workspace, or absolute where that is outside. */
  readonly links?: readonly { readonly word: string; readonly target: string }[];
  /** Relative to the workspace, `.` for its root. */
  readonly cwd: string;
  /** Variables set or changed on top of the usual environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Null: no limit, a background command. */
  readonly timeoutMs: number | null;
  readonly background?: boolean;
  /** What confines it, such as `bubblewrap, no network`; absent: nothing. */
  readonly sandbox?: string;
  readonly warnings?: readonly string[];
}

export interface CommitProposal {
  readonly kind: "commit";
  readonly message: string;
  readonly author: string;
  readonly branch: string;
  readonly paths: readonly string[];
  /** The staged change as a unified diff. */
  readonly diff: string;
  /** Programs of the repository that run around it, whole. */
  readonly hooks?: readonly { readonly name: string; readonly text: string; readonly hash: string }[];
  readonly warnings?: readonly string[];
}

/** Anything else that needs a human: plain text under a title. */
export interface OtherProposal {
  readonly kind: "other";
  readonly title: string;
  readonly text: string;
  readonly warnings?: readonly string[];
}

/** What a gated tool says it is about to do: data only; the approval room turns it into what a human sees. */
export type Proposal = WriteProposal | DeleteProposal | CommandProposal | CommitProposal | OtherProposal;
