import { type Dirent, lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { compileGlob } from "../glob.ts";
import { hiddenStatus } from "./hidden-policy.ts";
import { withDirectory } from "./open-file.ts";
import { makeCursor, readCursor, readLimit } from "./pages.ts";
import { PathFilter } from "./path-filter.ts";
import { type SafePath, isClosed, resolveInside } from "./paths.ts";
import { walk } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

export interface ListFilesRequest {
  /** A directory; the workspace itself when absent. */
  readonly path?: string;
  /** Over paths relative to the workspace; without a slash over base names. */
  readonly glob?: string;
  /** All files below; otherwise the directory's own entries. */
  readonly recursive?: boolean;
  readonly cursor?: string;
  /** 1 to 1000; 200 when absent. */
  readonly limit?: number;
}

export interface ListedEntry {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  readonly type: "file" | "directory" | "link";
  /** Bytes of a file. */
  readonly size: number | null;
}

export interface ListFilesResult {
  readonly entries: readonly ListedEntry[];
  readonly truncated: boolean;
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
}

/**
 * Lists what lies in a directory of the workspace, sorted by path, without what ignore rules and the policy for hidden
 * names leave out. A directory that is itself left out is listed when it is named.
 */
export async function listFiles(
  workspace: Workspace,
  request: ListFilesRequest,
  signal?: AbortSignal,
): Promise<ListFilesResult> {
  const limit = readLimit(request.limit, 200, 1000);
  const after = request.cursor === undefined ? null : readCursor(request.cursor);
  const matches = request.glob === undefined ? () => true : compileGlob(request.glob);
  const directory = resolveInside(workspace, request.path ?? "");
  const entries = request.recursive
    ? await listBelow(workspace, directory, signal)
    : await listDirectory(workspace, directory);
  const wanted = entries
    .filter((entry) => isShown(workspace, entry.path) && matches(entry.path) && (after === null || entry.path > after))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
  const truncated = wanted.length > page.length;
  return { entries: page, truncated, next: truncated && last !== undefined ? makeCursor(last.path) : null };
}

/** Whether agents may see that a path exists. */
export function isShown(workspace: Workspace, relative: string): boolean {
  if (workspace.closed.length > 0 && isClosed(workspace, path.join(workspace.root, relative))) return false;
  const status = hiddenStatus(relative);
  return status === "always" || (status === "by-policy" && workspace.hidden === "allow");
}

async function listBelow(workspace: Workspace, directory: SafePath, signal?: AbortSignal): Promise<ListedEntry[]> {
  withDirectory(directory.absolute, directory.relative || ".", () => {});
  const entries: ListedEntry[] = [];
  const options = { ...workspace.ignore, under: directory.relative, maxFileBytes: Number.MAX_SAFE_INTEGER };
  for await (const batch of walk(workspace.root, signal === undefined ? options : { ...options, signal })) {
    for (const { path: file, size } of batch) entries.push({ path: file, type: "file", size });
  }
  return entries;
}

async function listDirectory(workspace: Workspace, directory: SafePath): Promise<ListedEntry[]> {
  const filter = await PathFilter.open(workspace.root, workspace.ignore);
  const asked = directory.relative === "" || filter.takes(directory.relative, true);
  return withDirectory(directory.absolute, directory.relative || ".", (at) =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      const file = directory.relative === "" ? entry.name : `${directory.relative}/${entry.name}`;
      if (asked && !filter.takes(file, entry.isDirectory())) return [];
      return [describe(entry, file, path.join(at, entry.name))];
    }),
  );
}

function describe(entry: Dirent, file: string, absolute: string): ListedEntry {
  if (entry.isDirectory()) return { path: file, type: "directory", size: null };
  if (entry.isSymbolicLink()) return { path: file, type: "link", size: null };
  return { path: file, type: "file", size: lstatSync(absolute, { throwIfNoEntry: false })?.size ?? null };
}
