import { field } from "../../json-fields.ts";
import type { EmbedRole } from "../embedder.ts";

/** A model of a provider, as far as embedding with it needs. */
export interface RemoteModel {
  readonly name: string;
  /** Null where only the server knows. */
  readonly dimensions: number | null;
  readonly maxTokens: number;
  readonly queryPrefix?: string;
  readonly documentPrefix?: string;
}

/** What one request asks for. */
export interface RemoteRequest {
  readonly texts: readonly string[];
  readonly role: EmbedRole;
  readonly model: string;
  /** Dimensions that the user asked for; undefined for the model's own. */
  readonly dimensions: number | undefined;
}

/** One remote API: how to ask it and how to read what it says. */
export interface Provider {
  /** Name in settings and messages. */
  readonly name: string;
  readonly defaultBaseUrl: string;
  readonly needsKey: boolean;
  readonly defaultModel: string;
  /** Models whose facts are known; others work where their dimensions are given or can be asked for. */
  readonly models: readonly RemoteModel[];
  /** Most texts in one request. */
  readonly maxTexts: number;
  /** Most characters of all texts of one request together, a safe bound of the API's limit in tokens. */
  readonly maxCharacters: number;
  /** Path below the base URL. */
  readonly path: (request: RemoteRequest) => string;
  readonly headers: (apiKey: string | undefined) => Readonly<Record<string, string>>;
  readonly body: (request: RemoteRequest) => unknown;
  /** Vectors in the order of the texts. Throws where the answer has another shape. */
  readonly vectors: (answer: unknown) => Float32Array[];
}

/** Headers of APIs that take a bearer key. */
export function bearer(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

/**
 * A vector as numbers, or as base64 of little-endian 32-bit floats. Throws for what has no component, or one that is no
 * finite number: kept, it would be as near to everything as to nothing.
 */
export function toVector(embedding: unknown): Float32Array {
  const vector = componentsOf(embedding);
  if (vector.length > 0 && isFiniteThroughout(vector)) return vector;
  throw new TypeError("an embedding has no components, or some that are no numbers");
}

/** By index: a callback would make an object of each component, and they are a third of what indexing leaves behind. */
function isFiniteThroughout(vector: Float32Array): boolean {
  for (let axis = 0; axis < vector.length; axis += 1) if (!Number.isFinite(vector[axis])) return false;
  return true;
}

function componentsOf(embedding: unknown): Float32Array {
  if (typeof embedding === "string") {
    const { buffer, byteOffset, length } = Buffer.from(embedding, "base64");
    if (length % 4 !== 0) throw new TypeError("an embedding in base64 is cut off");
    const view = new DataView(buffer, byteOffset, length);
    const vector = new Float32Array(length / 4);
    for (let axis = 0; axis < vector.length; axis += 1) vector[axis] = view.getFloat32(axis * 4, true);
    return vector;
  }
  if (Array.isArray(embedding) && embedding.every((value) => typeof value === "number"))
    return Float32Array.from(embedding);
  throw new TypeError("an embedding is neither a list of numbers nor base64");
}

/**
 * The vectors of an answer in OpenAI's shape, `{ data: [{ index, embedding }] }`, which several APIs share. Throws where
 * they are not numbered as a list is.
 */
export function openAiVectors(answer: unknown): Float32Array[] {
  const data = field(answer, "data");
  if (!Array.isArray(data)) throw new TypeError("the answer has no list of data");
  const vectors = new Map<number, Float32Array>();
  for (const [position, item] of data.entries()) {
    const index = field(item, "index");
    vectors.set(typeof index === "number" ? index : position, toVector(field(item, "embedding")));
  }
  return data.map((_, position) => {
    const vector = vectors.get(position);
    if (vector === undefined) throw new TypeError(`the answer has no embedding ${position}`);
    return vector;
  });
}
