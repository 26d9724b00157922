import type { Quantization } from "./qdrant/qdrant-collection.ts";

/** How large an index is to be. */
export interface PlanInput {
  readonly vectors: number;
  readonly dimensions: number;
  /** Copies of every shard. */
  readonly replicas: number;
  readonly quantization: Quantization;
}

/** What a machine must have for a part of the index, in bytes. */
export interface Part {
  readonly name: string;
  readonly memory: number;
  readonly disk: number;
}

export interface StorePlan {
  /** The one file that an index without a server is. */
  readonly embedded: { readonly memory: number; readonly disk: number; readonly searchMs: number };
  /** One copy of the index on a Qdrant server, by its parts. */
  readonly parts: readonly Part[];
  /** One copy with headroom. */
  readonly copy: { readonly memory: number; readonly disk: number };
  readonly nodes: number;
  readonly shards: number;
  /** What each node should have, in bytes; memory is a size that machines come in. */
  readonly node: { readonly memory: number; readonly disk: number };
  /** Hours of one processor core: to embed, to send, and for the servers to take in. */
  readonly coreHours: { readonly embed: number; readonly send: number; readonly serve: number };
  readonly advice: "embedded" | "node" | "cluster";
}

/** Constants of the plan; where each is from is said beside it, and in docs/scale.md. */
export const FIGURES = {
  /** Measured: 649,355 chunks of 297 MB of code. */
  textBytes: 457,
  /**
   * Measured with gte-small on two shared cores, all processes and all else included: flask's 2,101 chunks in 48.7 s of
   * processor time, express's 1,446 in 34.1 s.
   */
  embedRate: 42,
  /** Measured: words, places and full text of a chunk in the embedded file (flask 1,682, a monorepo of 48,694 chunks 1,535). */
  embeddedChunk: 1_650,
  /** Measured: a million vectors of 384 bytes take 2,450 bytes a chunk in all; 1,650 and 384 leave this for row and key. */
  embeddedVector: 416,
  /** Measured: resident memory of a searching process with 100,000 chunks, less what its vectors take. */
  embeddedBase: 260_000_000,
  /** Measured: processor time of one search of words and meaning over 100,000 chunks (2.97 ms), which grows in proportion. */
  embeddedSearchMs: 0.0297 / 1_000,
  /** Qdrant's sizing: links of 4 bytes, twice `m` of them, and a fifth more. The product's collections have m = 16. */
  graph: 16 * 2 * 4 * 1.2,
  /** Qdrant's sizing: which point is where. */
  ids: 52,
  /** Qdrant's sizing: 80 words of 4 bytes, and half more. */
  sparse: 80 * 4 * 1.5,
  /** Qdrant's sizing: two indexed fields of 116 bytes. */
  fields: 232,
  /** Qdrant's sizing: payload takes half more on disk than its text; the other fields are some 250 bytes. */
  payloadFactor: 1.5,
  payloadFields: 250,
  /** Qdrant's advice: a fifth of memory free; and on disk room to rewrite segments and to take a snapshot. */
  memoryHeadroom: 1.2,
  diskHeadroom: 2,
  /** Measured: our processor time for a point of 768 dimensions, of 1,000,000 sent (70 s). */
  sendSeconds: 0.07 / 1_000,
  /** Measured: the server's for each of those, its graph included (1,364 s). */
  serveSeconds: 1.36 / 1_000,
} as const;

/** Of a node's memory, the index may fill this much. */
const FILL = 0.75;
const GIB = 2 ** 30;
const SIZES = [4, 8, 16, 24, 32, 48, 64].map((gib) => gib * GIB);
/** A cluster that outlives the loss of a node and still agrees on what is true has three. */
const LEAST_NODES = 3;
/** Divides evenly among 3, 4, 6 and 12 nodes. */
const CLUSTER_SHARDS = 12;
/** Where one search begins to be felt: that many milliseconds of a processor core. */
const FELT_MS = 50;

/** What an index of this size needs: formulas of Qdrant's documentation, and figures that were measured here. */
export function planStore(input: PlanInput): StorePlan {
  const { vectors, dimensions, replicas } = input;
  const parts = partsOf(input);
  const sum = (pick: (part: Part) => number) => parts.reduce((total, part) => total + pick(part), 0);
  const copy = {
    memory: sum(({ memory }) => memory) * FIGURES.memoryHeadroom,
    disk: sum(({ disk }) => disk) * FIGURES.diskHeadroom,
  };
  const total = copy.memory * replicas;
  const isCluster = replicas > 1 || total > largest() * FILL;
  const nodes = isCluster ? Math.max(LEAST_NODES, Math.ceil(total / (largest() * FILL))) : 1;
  const perNode = total / nodes;
  const embedded = {
    memory: FIGURES.embeddedBase + (vectors * dimensions) / 8,
    disk: vectors * (FIGURES.embeddedChunk + FIGURES.embeddedVector + dimensions),
    searchMs: vectors * FIGURES.embeddedSearchMs,
  };
  const hours = (seconds: number) => (vectors * seconds) / 3_600;
  return {
    embedded,
    parts,
    copy,
    nodes,
    shards: isCluster ? Math.max(CLUSTER_SHARDS, 2 * nodes) : 2,
    node: {
      memory: SIZES.find((size) => size * FILL >= perNode) ?? largest(),
      disk: (copy.disk * replicas) / nodes,
    },
    coreHours: {
      embed: hours(1 / FIGURES.embedRate),
      send: hours(FIGURES.sendSeconds),
      serve: hours(FIGURES.serveSeconds * replicas),
    },
    advice: isCluster ? "cluster" : embedded.searchMs < FELT_MS ? "embedded" : "node",
  };
}

function partsOf({ vectors, dimensions, quantization }: PlanInput): Part[] {
  const each = (name: string, memory: number, disk: number): Part => ({
    name,
    memory: vectors * memory,
    disk: vectors * disk,
  });
  const small = { int8: dimensions, binary: dimensions / 8, none: 0 }[quantization];
  const original = dimensions * 2;
  return [
    each("vectors as sent (float16)", quantization === "none" ? original : 0, original),
    each(`vectors for the choice (${quantization})`, small, small),
    each("graph", FIGURES.graph, FIGURES.graph),
    each("ids", FIGURES.ids, FIGURES.ids),
    each("words (sparse vectors)", FIGURES.sparse, FIGURES.sparse),
    each("indexed fields", FIGURES.fields, FIGURES.fields),
    each("texts and payload", 0, (FIGURES.textBytes + FIGURES.payloadFields) * FIGURES.payloadFactor),
  ];
}

function largest(): number {
  return SIZES.at(-1) ?? 0;
}
