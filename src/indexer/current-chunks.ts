import { lstatSync, type Stats } from "node:fs";
import path from "node:path";
import type { Chunk } from "../chunk/chunk.ts";
import type { Chunker } from "../chunk/chunk-pool.ts";
import { CHUNKER_VERSION } from "../chunk/chunk-text.ts";
import { hasErrno } from "../errors.ts";
import type { IndexStore, SourceState } from "../store/index-store.ts";
import { readText } from "../workspace/read-text.ts";
import { isSame } from "./changes.ts";

/** What has become of an indexed file: unchanged, gone, or the chunks that it has now. */
export type Current = "same" | "gone" | readonly Chunk[];

export interface CurrentPorts {
  readonly store: Pick<IndexStore, "source">;
  readonly chunker: Pick<Chunker, "chunk">;
  readonly root: string;
  readonly maxFileBytes: number;
}

/**
 * Compares indexed files with the disk at this moment, so that no hit shows what is no longer there. One `lstat` a file;
 * only a file that changed is read.
 */
export async function currentChunks(
  ports: CurrentPorts,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Current>> {
  const current = new Map<string, Current>();
  for (const file of paths) {
    signal?.throwIfAborted();
    const state = await ports.store.source(file);
    current.set(file, state === null ? "gone" : await currentOf(ports, state));
  }
  return current;
}

async function currentOf(ports: CurrentPorts, state: SourceState): Promise<Current> {
  const { root, chunker, maxFileBytes } = ports;
  const stats = statsOf(path.join(root, state.path));
  if (stats === null) return "gone";
  const { mtimeMs, size, ino: inode } = stats;
  if (isSame({ path: state.path, mtimeMs, size, inode }, state, CHUNKER_VERSION)) return "same";
  const read = readText(root, state.path, { maxFileBytes });
  if ("skipped" in read) return "gone";
  if (read.hash === state.hash) return "same";
  return await chunker.chunk({ path: state.path, text: read.text });
}

/** Null for what is not there, or may no longer be looked at. */
function statsOf(file: string): Stats | null {
  try {
    return lstatSync(file);
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP")) return null;
    throw error;
  }
}
