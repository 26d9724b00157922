import type { Embedder } from "../embed/embedder.ts";
import type { IndexStore } from "../store/index-store.ts";
import type { RooWriter } from "../store/roo/roo-writer.ts";
import { rooBlocks } from "./roo-blocks.ts";

export interface WriteRooPorts {
  readonly store: Pick<IndexStore, "sources" | "chunksOf">;
  readonly embedder: Embedder;
  readonly writer: RooWriter;
}

export interface WriteRooOptions {
  /** Texts in one call of the embedder. */
  readonly batchSize: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RooWritten {
  readonly files: number;
  readonly removed: number;
  /** Files left alone because somebody else, such as Roo Code itself, has written them. */
  readonly foreign: number;
}

/**
 * Brings Roo Code's collection up to the index: files that changed are written anew, files that are gone are removed.
 * May be stopped at any moment; the next run goes on with what is missing.
 */
export async function writeRoo(ports: WriteRooPorts, options: WriteRooOptions): Promise<RooWritten> {
  const { store, embedder, writer } = ports;
  await writer.open(embedder.dimensions);
  const [sources, written, foreign] = [await store.sources(), await writer.written(), await writer.foreign()];
  const wanted = [...sources.values()].filter(({ path, skipped }) => skipped === null && !foreign.has(path));
  const wantedPaths = new Set(wanted.map(({ path }) => path));
  const gone = [...written.keys()].filter((path) => !wantedPaths.has(path));
  const changed = wanted.filter(({ path, hash }) => written.get(path) !== hash);
  let marked = false;
  const begin = async () => {
    if (!marked) await writer.mark(false, embedder.dimensions);
    marked = true;
  };
  if (gone.length > 0) await begin();
  await writer.remove(gone);
  let files = 0;
  for (const [index, { path, hash }] of changed.entries()) {
    options.signal.throwIfAborted();
    const blocks = rooBlocks(await store.chunksOf(path));
    options.onProgress?.(index, changed.length);
    // A file too small for a block was never written, and there is nothing to write now.
    if (blocks.length === 0 && !written.has(path)) continue;
    await begin();
    const vectors = await embedBlocks(embedder, blocks, options);
    await writer.put({ path, hash, blocks: blocks.map((block, at) => ({ ...block, vector: vectorAt(vectors, at) })) });
    files++;
  }
  await writer.mark(true, embedder.dimensions);
  return { files, removed: gone.length, foreign: [...sources.keys()].filter((path) => foreign.has(path)).length };
}

function vectorAt(vectors: readonly Float32Array[], index: number): Float32Array {
  const vector = vectors[index];
  if (vector === undefined) throw new RangeError(`there are ${vectors.length} vectors, none for block ${index}`);
  return vector;
}

/** As Roo Code embeds: the text alone, without its surrounding blanks. */
async function embedBlocks(
  embedder: Embedder,
  blocks: readonly { readonly text: string }[],
  { batchSize, signal }: WriteRooOptions,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let at = 0; at < blocks.length; at += batchSize) {
    const texts = blocks.slice(at, at + batchSize).map(({ text }) => text.trim());
    vectors.push(...(await embedder.embed(texts, { role: "document", signal })));
  }
  return vectors;
}
