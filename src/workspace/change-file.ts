import { UserError } from "../errors.ts";
import { removeFile, writeAtomically } from "./atomic-write.ts";
import { type Edit, applyEdits } from "./edits.ts";
import { type FileContent, type FileImage, imageOf, readContent } from "./file-image.ts";
import { lineEndOf, normalizeLineEnds } from "./lines.ts";
import { type SafePath, resolveInside } from "./paths.ts";
import { type DecodedText, decodeText, encodeText } from "./text-encoding.ts";
import type { Workspace } from "./workspace.ts";

export interface WriteRequest {
  readonly path: string;
  /** The whole new content; or else `edits`. */
  readonly content?: string;
  readonly edits?: readonly Edit[];
  /** sha256 (hex) of the file that the change was made for. */
  readonly expectedHash?: string;
}

/** A write that is worked out and not yet made: what a human sees, and exactly what will be on disk. */
export interface WritePlan {
  readonly path: string;
  /** Null for a new file. */
  readonly before: FileImage | null;
  readonly after: FileImage;
  readonly original: FileContent | null;
  readonly content: Buffer;
  /** What the human should know besides the difference. */
  readonly warnings: readonly string[];
}

export interface DeletePlan {
  readonly path: string;
  readonly before: FileImage;
  readonly original: FileContent;
  readonly warnings: readonly string[];
}

/** Bytes of a file that an agent writes. */
export const MAX_WRITE_BYTES = 1024 * 1024;

/**
 * Works a write out without touching anything. A file that exists keeps its encoding, byte order mark, line ends and
 * mode. Throws what the path or the edits are refused with, `workspace.changed-since`, `workspace.too-large`.
 */
export function planWrite(workspace: Workspace, request: WriteRequest, maxBytes = MAX_WRITE_BYTES): WritePlan {
  if ((request.content === undefined) === (request.edits === undefined)) {
    throw new UserError("request.invalid-edit", "Give either content or edits", {
      hint: "content is a whole file; edits are places in one that exists.",
    });
  }
  const path = resolveInside(workspace, request.path);
  if (path.relative === "") throw new UserError("workspace.not-a-file", "The workspace itself is no file");
  const present = readContent(path);
  const before = present === null ? null : imageOf(present);
  if (request.expectedHash !== undefined && request.expectedHash !== (before?.hash ?? null)) throw changed(path);
  if (present !== null && present.links > 1) {
    throw new UserError(
      "workspace.hard-link",
      `${path.relative} is a hard link with ${present.links} names and is not replaced`,
    );
  }
  const warnings: string[] = [];
  const content = present === null ? newContent(request, path) : changedContent(request, present, path, warnings);
  if (content.length > maxBytes) {
    throw new UserError(
      "workspace.too-large",
      `${path.relative} would have ${content.length} bytes; ${maxBytes} are allowed`,
    );
  }
  const mode = present?.mode ?? 0o666 & ~process.umask();
  const original = present === null ? null : { content: present.content, mode: present.mode };
  return { path: path.relative, before, after: imageOf({ content, mode }), original, content, warnings };
}

/** Makes a planned write, provided the file is still what the plan was made for. */
export function applyWrite(workspace: Workspace, plan: WritePlan): void {
  const path = stillAt(workspace, plan.path);
  writeAtomically(path, { content: plan.content, mode: plan.after.mode, expectedHash: plan.before?.hash ?? null });
}

/** Works a deletion out without touching anything. */
export function planDelete(workspace: Workspace, given: string): DeletePlan {
  const path = resolveInside(workspace, given);
  const present = path.relative === "" ? null : readContent(path);
  if (present === null)
    throw new UserError("workspace.not-found", `${path.relative || "."} is no file that could be deleted`, {
      hint: "Name a regular file; list_files shows what is there.",
    });
  const warnings = present.links > 1 ? [`It is a hard link: ${present.links - 1} other name(s) keep the content.`] : [];
  const original = { content: present.content, mode: present.mode };
  return { path: path.relative, before: imageOf(present), original, warnings };
}

/** Makes a planned deletion, provided the file is still what the plan was made for. */
export function applyDelete(workspace: Workspace, plan: DeletePlan): void {
  removeFile(stillAt(workspace, plan.path), plan.before.hash);
}

/** Whole files by path, for an undo journal: the same path rules, no text handling. */
export interface WorkspaceFiles {
  read(path: string): Promise<FileContent | null>;
  write(
    path: string,
    file: { readonly content: Uint8Array; readonly mode: number },
    expectedHash?: string | null,
  ): Promise<void>;
  remove(path: string, expectedHash?: string): Promise<void>;
}

/** The files of a workspace for its journal. Throws as `resolveInside` and `writeAtomically` do. */
export function workspaceFiles(workspace: Workspace): WorkspaceFiles {
  return {
    read: async (path) => {
      const present = readContent(resolveInside(workspace, path));
      return present === null ? null : { content: present.content, mode: present.mode };
    },
    write: async (path, file, expectedHash) =>
      writeAtomically(resolveInside(workspace, path), { ...file, ...(expectedHash !== undefined && { expectedHash }) }),
    remove: async (path, expectedHash) => removeFile(resolveInside(workspace, path), expectedHash),
  };
}

/** A link that appeared on the way would make it another file than the one that was shown. */
function stillAt(workspace: Workspace, planned: string): SafePath {
  const path = resolveInside(workspace, planned);
  if (path.relative !== planned) throw changed(path);
  return path;
}

function newContent({ content, edits }: WriteRequest, path: SafePath): Buffer {
  if (edits !== undefined || content === undefined) {
    throw new UserError("workspace.not-found", `${path.relative} does not exist, so there is nothing to edit`, {
      hint: "Give its whole content to create it.",
    });
  }
  return Buffer.from(content, "utf8");
}

function changedContent(request: WriteRequest, present: FileContent, path: SafePath, warnings: string[]): Buffer {
  const decoded = decodeText(present.content);
  if (request.edits !== undefined) {
    if (decoded === null || decoded.lossy) {
      throw new UserError("workspace.binary", `${path.relative} is binary or not valid text, and cannot be edited`);
    }
    return encoded(applyEdits(decoded.text, request.edits), decoded, warnings);
  }
  const content = request.content ?? "";
  if (decoded === null || decoded.lossy) {
    warnings.push("The file was binary or not valid text; it becomes UTF-8 text.");
    return Buffer.from(content, "utf8");
  }
  return encoded(withLineEndsOf(decoded.text, content), decoded, warnings);
}

/** Content given with `\n` for a file that ends its lines otherwise means its lines, not new ends for all of them. */
function withLineEndsOf(existing: string, content: string): string {
  const lineEnd = lineEndOf(existing);
  if (lineEnd === "crlf") return normalizeLineEnds(content, "crlf").replaceAll("\n", "\r\n");
  return lineEnd === "cr" ? normalizeLineEnds(content, "crlf").replaceAll("\n", "\r") : content;
}

function encoded(text: string, { encoding }: DecodedText, warnings: string[]): Buffer {
  // Whoever repeats the mark that reading left out does not want two.
  const bare = text.startsWith("\ufeff") && encoding !== "utf-8" ? text.slice(1) : text;
  const bytes = encodeText(bare, encoding);
  if (bytes !== null) return bytes;
  warnings.push("The new text has characters that the file's one-byte encoding lacks; it becomes UTF-8.");
  return Buffer.from(text, "utf8");
}

function changed(path: SafePath): UserError {
  return new UserError("workspace.changed-since", `${path.relative} is not what the change was made for`, {
    hint: "Read it again and repeat the change on what is there now.",
  });
}
