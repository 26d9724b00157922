import type { SearchStore } from "../../src/search/search-store.ts";
import type { Candidate, ChunkFilter, SessionFacts, StoredChunk } from "../../src/store/index-store.ts";
import { termsOf } from "../../src/terms.ts";

/** A chunk as a test states it: everything but path and text has a default. */
export type ChunkSketch = Pick<StoredChunk, "path" | "text"> & Partial<StoredChunk>;

/** A stored chunk from a sketch. */
export function chunkOf(sketch: ChunkSketch): StoredChunk {
  const startLine = sketch.startLine ?? 1;
  return {
    id: 1,
    startLine,
    endLine: startLine + sketch.text.split("\n").length - 1,
    language: "typescript",
    kind: "function",
    symbol: null,
    defines: [],
    vectorKey: sketch.text,
    embedText: null,
    session: null,
    ...sketch,
  };
}

export function sessionOf(facts: Partial<SessionFacts>): SessionFacts {
  return {
    sessionId: "s1",
    project: "p",
    gitBranch: null,
    cwd: null,
    role: "user",
    isSubagent: false,
    startedAt: 0,
    endedAt: 0,
    details: {},
    ...facts,
  };
}

/** A store in memory, exact and simple: counts matched terms, compares vectors that `vectors` gives by chunk id. */
export function memoryStore(
  sketches: readonly ChunkSketch[],
  vectors: ReadonlyMap<number, Float32Array> = new Map(),
): SearchStore & { readonly asked: string[] } {
  const chunks = sketches.map((sketch, index) => chunkOf({ id: index + 1, ...sketch }));
  const asked: string[] = [];
  const best = (candidates: Candidate[], limit: number) =>
    candidates.toSorted((a, b) => b.score - a.score || a.id - b.id).slice(0, limit);
  return {
    asked,
    kind: "sqlite",
    async searchLexical({ terms, limit, filter }) {
      asked.push(terms.map(({ text, prefix }) => (prefix ? `${text}*` : text)).join(" "));
      const found = chunks.filter(passes(filter)).map((chunk) => {
        const words = termsOf(`${chunk.path} ${chunk.symbol ?? ""} ${chunk.defines.join(" ")} ${chunk.text}`);
        const line = ` ${words.join(" ")} `;
        const hits = terms.filter(({ text, prefix }) => line.includes(prefix ? ` ${text}` : ` ${text} `));
        return { id: chunk.id, score: hits.length };
      });
      return best(
        found.filter(({ score }) => score > 0),
        limit,
      );
    },
    async searchVector(vector, limit, filter) {
      const found = chunks.filter(passes(filter)).flatMap(({ id }) => {
        const own = vectors.get(id);
        return own ? [{ id, score: own.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0) }] : [];
      });
      return best(found, limit);
    },
    async chunks(ids) {
      return ids.flatMap((id) => chunks.filter((chunk) => chunk.id === id));
    },
    async heads(ids) {
      return ids.flatMap((id) => chunks.filter((chunk) => chunk.id === id));
    },
    async chunksOf(path) {
      return chunks.filter((chunk) => chunk.path === path);
    },
    async source() {
      return null;
    },
    async stats() {
      const files = new Set(chunks.map(({ path }) => path)).size;
      const count = chunks.length;
      return { files, chunks: count, texts: count, embedded: vectors.size, skipped: [], bytes: 0, updatedAt: null };
    },
  };
}

function passes(filter: ChunkFilter | undefined): (chunk: StoredChunk) => boolean {
  return (chunk) =>
    (filter?.language === undefined || chunk.language === filter.language) &&
    (filter?.pathGlob === undefined || chunk.path.startsWith(filter.pathGlob.replace("**", ""))) &&
    (filter?.project === undefined || chunk.session?.project === filter.project) &&
    (filter?.sessionId === undefined || chunk.session?.sessionId === filter.sessionId) &&
    (filter?.file === undefined || filesOf(chunk).some((file) => `/${file}`.endsWith(`/${filter.file}`))) &&
    (filter?.gitBranch === undefined || chunk.session?.gitBranch === filter.gitBranch) &&
    (filter?.since === undefined || (chunk.session?.endedAt ?? 0) >= filter.since) &&
    (filter?.until === undefined || (chunk.session?.startedAt ?? 0) <= filter.until);
}

function filesOf({ session }: StoredChunk): readonly string[] {
  const files = session?.details["files"];
  return Array.isArray(files) ? files.filter((file) => typeof file === "string") : [];
}
