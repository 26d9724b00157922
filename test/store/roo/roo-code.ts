import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What Roo Code asks of the server, request for request, as its `QdrantVectorStore` does; an independent reader and writer. */
export class RooCode {
  readonly #url: string;
  readonly #dimensions: number;

  constructor(server: string, collection: string, dimensions: number) {
    this.#url = `${server}/collections/${collection}`;
    this.#dimensions = dimensions;
  }

  /** True when it had to create the collection; a collection of other dimensions it would delete, which fails here. */
  async initialize(): Promise<boolean> {
    const info = await this.info();
    if (info !== null) {
      if (info.config.params.vectors.size !== this.#dimensions) throw new Error("Roo Code would delete the collection");
      return false;
    }
    const vectors = { size: this.#dimensions, distance: "Cosine", on_disk: true };
    await this.#send("PUT", "", { vectors, hnsw_config: { m: 64, ef_construct: 512, on_disk: true } });
    for (const field_name of ["type", ...[0, 1, 2, 3, 4].map((depth) => `pathSegments.${depth}`)])
      await this.#send("PUT", "/index", { field_name, field_schema: "keyword" });
    return true;
  }

  async info(): Promise<CollectionInfo | null> {
    const response = await fetch(this.#url);
    return response.ok ? ((await response.json()) as { result: CollectionInfo }).result : null;
  }

  async hasIndexedData(): Promise<boolean> {
    const info = await this.info();
    if (info === null || info.points_count === 0) return false;
    const found = await this.#send("POST", "/points", { ids: [METADATA], with_payload: true });
    const [point] = found as { payload?: { indexing_complete?: boolean } }[];
    return point === undefined ? info.points_count > 0 : point.payload?.indexing_complete === true;
  }

  async upsert(points: readonly RooPoint[]): Promise<void> {
    const withSegments = points.map((point) => {
      const segments = point.payload.filePath?.split("/").filter(Boolean);
      if (segments === undefined) return point;
      return { ...point, payload: { ...point.payload, pathSegments: Object.fromEntries(segments.entries()) } };
    });
    await this.#send("PUT", "/points?wait=true", { points: withSegments });
  }

  async markComplete(): Promise<void> {
    const payload = { type: "metadata", indexing_complete: true, completed_at: 1 };
    await this.upsert([{ id: METADATA, vector: Array.from({ length: this.#dimensions }, () => 0), payload }]);
  }

  async search(query: readonly number[], directory?: string, minimum = 0.4, limit = 50): Promise<RooHit[]> {
    const segments = directory?.split("/").filter(Boolean) ?? [];
    const must = segments.map((value, index) => ({ key: `pathSegments.${index}`, match: { value } }));
    const must_not = [{ key: "type", match: { value: "metadata" } }];
    const { points } = (await this.#send("POST", "/points/query", {
      query,
      filter: must.length > 0 ? { must, must_not } : { must_not },
      score_threshold: minimum,
      limit,
      params: { hnsw_ef: 128, exact: false },
      with_payload: { include: ["filePath", "codeChunk", "startLine", "endLine", "pathSegments"] },
    })) as { points: RooHit[] };
    return points.filter(({ payload }) =>
      ["filePath", "codeChunk", "startLine", "endLine"].every((key) => key in payload),
    );
  }

  async deleteFile(path: string): Promise<void> {
    const must = path.split("/").map((value, index) => ({ key: `pathSegments.${index}`, match: { value } }));
    await this.#send("POST", "/points/delete?wait=true", { filter: { must } });
  }

  /** Everything there is, to tell whether anything was changed. */
  async everything(): Promise<{ id: string; payload: RooPayload }[]> {
    const request = { limit: 10_000, with_payload: true, with_vector: true };
    return ((await this.#send("POST", "/points/scroll", request)) as { points: { id: string; payload: RooPayload }[] })
      .points;
  }

  async #send(method: string, path: string, body: object): Promise<unknown> {
    const headers = { "content-type": "application/json", "user-agent": "Roo-Code" };
    const response = await fetch(this.#url + path, { method, headers, body: JSON.stringify(body) });
    const answer = (await response.json()) as { result?: unknown; status: unknown };
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer.status)}`);
    return answer.result;
  }
}

export interface CollectionInfo {
  readonly points_count: number;
  readonly config: { readonly params: { readonly vectors: { readonly size: number } }; readonly hnsw_config: object };
  readonly payload_schema: Readonly<Record<string, { readonly data_type: string }>>;
}

export interface RooPayload {
  readonly filePath?: string;
  readonly codeChunk?: string;
  readonly startLine?: number;
  readonly endLine?: number;
  readonly [key: string]: unknown;
}

export interface RooPoint {
  readonly id: string;
  readonly vector: readonly number[];
  readonly payload: RooPayload;
}

export interface RooHit {
  readonly id: string;
  readonly score: number;
  readonly payload: RooPayload;
}

/** uuidv5("__indexing_metadata__", f47ac10b-58cc-4372-a567-0e02b2c3d479), computed elsewhere. */
export const METADATA = "f70bfc2c-6e82-5456-9c20-33b51942337c";

/** Words counted into buckets: texts with common words are near. */
export function wordVector(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0.001);
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const bucket = createHash("sha256").update(word).digest().readUInt16LE(0) % dimensions;
    vector[bucket] = (vector[bucket] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

/** An embedding service whose vectors are `wordVector`; counts the texts that it was sent. */
export class WordEmbeddings implements AsyncDisposable {
  readonly texts: string[] = [];
  readonly #server: Server;

  private constructor(dimensions: number) {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (data: Buffer) => (body += data.toString()));
      request.on("end", () => {
        const { input, model } = JSON.parse(body) as { input: string[]; model: string };
        this.texts.push(...input);
        const data = input.map((text, index) => ({
          object: "embedding",
          index,
          embedding: wordVector(text, dimensions),
        }));
        const usage = { prompt_tokens: 1, total_tokens: 1 };
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ object: "list", model, data, usage }));
      });
    });
  }

  static async start(dimensions: number): Promise<WordEmbeddings> {
    const service = new WordEmbeddings(dimensions);
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
