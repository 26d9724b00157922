import { lstatSync } from "node:fs";
import path from "node:path";
import type { Chunk } from "../chunk/chunk.ts";
import type { IndexStore, SourceState } from "../store/index-store.ts";
import { readText } from "../workspace/read-text.ts";
import { isSame } from "./changes.ts";
import type { Chunker } from "./prepare-batch.ts";

/** What has become of an indexed file: unchanged, gone, or the chunks that it has now. */
export type Current = "same" | "gone" | readonly Chunk[];

export interface CurrentPorts {
  readonly store: Pick<IndexStore, "source">;
  readonly chunker: Chunker;
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
  signal: AbortSignal,
): Promise<Map<string, Current>> {
  const current = new Map<string, Current>();
  for (const file of paths) {
    const state = await ports.store.source(file);
    current.set(file, state === null ? "gone" : await currentOf(ports, state, signal));
  }
  return current;
}

async function currentOf(ports: CurrentPorts, state: SourceState, signal: AbortSignal): Promise<Current> {
  const { root, chunker, maxFileBytes } = ports;
  const stats = lstatSync(path.join(root, state.path), { throwIfNoEntry: false });
  if (stats === undefined) return "gone";
  const { mtimeMs, size, ino: inode } = stats;
  if (isSame({ path: state.path, mtimeMs, size, inode }, state, chunker.version)) return "same";
  const read = readText(root, state.path, { maxFileBytes });
  if ("skipped" in read) return "gone";
  if (read.hash === state.hash) return "same";
  const [chunks] = await chunker.chunk([{ path: state.path, text: read.text }], signal);
  return chunks ?? [];
}
