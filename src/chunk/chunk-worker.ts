import { parentPort } from "node:worker_threads";
import type { Chunk } from "./chunk.ts";
import { chunkText, type ChunkSource } from "./chunk-text.ts";
import { createSyntax } from "./syntax.ts";
import { boundTokens } from "./token-bound.ts";

/** A batch of files for a worker; replies come in the order of the requests. */
export interface ChunkRequest {
  readonly maxTokens: number;
  readonly sources: readonly ChunkSource[];
}

/** The chunks of each file of a batch; null where chunking it failed. */
export interface ChunkReply {
  readonly files: readonly (Chunk[] | null)[];
}

const syntax = createSyntax();
let last = Promise.resolve();

parentPort?.on("message", (request: ChunkRequest) => {
  // One after the other, so that replies keep the order. A rejection ends the worker, and the pool takes it for what it is.
  last = last.then(() => answer(request));
});

async function answer({ sources, maxTokens }: ChunkRequest): Promise<void> {
  const files: (Chunk[] | null)[] = [];
  for (const source of sources) {
    files.push(await chunkText(source, { maxTokens, measure: boundTokens }, syntax).catch(() => null));
  }
  const reply: ChunkReply = { files };
  parentPort?.postMessage(reply);
}
