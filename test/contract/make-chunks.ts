import { createHash } from "node:crypto";
import type { ChunkRecord, IndexStore, SessionFacts, SourceState, SourceUpdate } from "../../src/store/index-store.ts";

/** The content address of a text, as the indexer makes it. */
export function keyOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A chunk whose text says everything about it, unless told otherwise. */
export function makeChunk(text: string, rest: Partial<ChunkRecord> = {}): ChunkRecord {
  const language = rest.language ?? "typescript";
  return {
    startLine: 1,
    endLine: text.split("\n").length,
    text,
    language,
    kind: "function",
    symbol: null,
    defines: [],
    vectorKey: keyOf(rest.embedText ?? text),
    embedText: null,
    session: null,
    ...rest,
  };
}

export function makeState(path: string, rest: Partial<SourceState> = {}): SourceState {
  return {
    path,
    size: 100,
    mtimeMs: 1000,
    inode: 1,
    hash: keyOf(path),
    language: "typescript",
    chunker: "1",
    skipped: null,
    ...rest,
  };
}

export function makeSession(rest: Partial<SessionFacts> = {}): SessionFacts {
  return {
    sessionId: "s1",
    project: "shop",
    gitBranch: "main",
    cwd: "/home/me/shop",
    role: "user",
    isSubagent: false,
    startedAt: 1000,
    endedAt: 2000,
    details: { files: ["src/cart.ts"], uuids: ["u1", "u2"] },
    ...rest,
  };
}

/** A direction in `dimensions` dimensions that depends on the seed alone. */
export function makeVector(seed: string, dimensions: number): Float32Array {
  const components: number[] = [];
  for (let block = 0; components.length < dimensions; block++) {
    for (const byte of createHash("sha256").update(`${seed}#${block}`).digest()) components.push(byte - 127.5);
  }
  const cut = components.slice(0, dimensions);
  const length = Math.hypot(...cut);
  return Float32Array.from(cut, (component) => component / length);
}

/** What the parts of the suite are given: a store on an empty index, and more users of that index. */
export interface StoreUnderTest {
  readonly store: () => IndexStore;
  readonly another: () => Promise<IndexStore>;
}

/** Puts one source with these chunks. */
export function source(path: string, ...chunks: readonly ChunkRecord[]): SourceUpdate {
  return { state: makeState(path), chunks };
}

export async function put(store: IndexStore, ...updates: readonly SourceUpdate[]): Promise<void> {
  await store.apply({ put: updates, remove: [], touch: [] });
}
