import type { EmbedRole } from "../embedder.ts";
import type { Overflow } from "../onnx/worker-protocol.ts";
import { ApiError, invalid } from "./api-error.ts";

/** Bounds of one request. */
export interface RequestLimits {
  readonly maxInputs: number;
  /** Characters of all inputs together. */
  readonly maxCharacters: number;
}

export const REQUEST_LIMITS: RequestLimits = { maxInputs: 2_048, maxCharacters: 4_000_000 };

/** A request as the rest of the service takes it. */
export interface EmbeddingRequest {
  readonly model: string;
  readonly texts: readonly string[];
  readonly base64: boolean;
  readonly dimensions: number | null;
  readonly role: EmbedRole;
  /** Null where the request leaves it to the service. */
  readonly overflow: Overflow | null;
}

/** Fields that are understood, or accepted because clients send them and they change nothing. */
const FIELDS = new Set([
  "input",
  "model",
  "encoding_format",
  "embedding_type",
  "dimensions",
  "user",
  "task",
  "normalized",
  "truncate",
  "late_chunking",
]);

/**
 * Checks the body of a request.
 * @param decodeTokens turns token ids, as OpenAI's tokenizer makes them, back into text
 * @throws ApiError 400 naming the field at fault
 */
export async function parseEmbeddingRequest(
  body: unknown,
  limits: RequestLimits,
  decodeTokens: (ids: readonly number[]) => Promise<string>,
): Promise<EmbeddingRequest> {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid(undefined, "the body must be a JSON object");
  const fields = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) {
    throw invalid(unknown, `unrecognized request argument: ${unknown}; known are ${[...FIELDS].join(", ")}`);
  }
  const { model, user } = fields;
  if (typeof model !== "string" || model === "")
    throw invalid("model", "model must name an embedding model; GET /v1/models lists those that are here");
  if (user !== undefined && user !== null && typeof user !== "string") throw invalid("user", "user must be a string");
  if (boolean(fields, "normalized") === false) throw invalid("normalized", "vectors are always of unit length here");
  if (boolean(fields, "late_chunking") === true) throw invalid("late_chunking", "late chunking is not offered here");
  const truncate = boolean(fields, "truncate");
  return {
    model,
    base64: isBase64(fields),
    dimensions: dimensionsOf(fields["dimensions"]),
    role: roleOf(fields["task"]),
    overflow: truncate === null ? null : truncate ? "truncate" : "window",
    texts: await textsOf(fields["input"], limits, decodeTokens),
  };
}

function boolean(fields: Readonly<Record<string, unknown>>, name: string): boolean | null {
  const value = fields[name] ?? null;
  if (value !== null && typeof value !== "boolean") throw invalid(name, `${name} must be true or false`);
  return value;
}

function isBase64(fields: Readonly<Record<string, unknown>>): boolean {
  const name = fields["embedding_type"] === undefined ? "encoding_format" : "embedding_type";
  const format = fields[name] ?? "float";
  if (format !== "float" && format !== "base64") throw invalid(name, `${name} must be "float" or "base64"`);
  return format === "base64";
}

function dimensionsOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1) {
    throw invalid("dimensions", "dimensions must be a positive whole number");
  }
  return value;
}

/** Jina's tasks end in `query` for what is searched for; all others are texts that are searched in or compared. */
function roleOf(task: unknown): EmbedRole {
  if (task === undefined || task === null) return "document";
  if (typeof task !== "string") throw invalid("task", "task must be a string such as retrieval.query");
  return /(^|\.)query$/.test(task) ? "query" : "document";
}

async function textsOf(
  input: unknown,
  limits: RequestLimits,
  decodeTokens: (ids: readonly number[]) => Promise<string>,
): Promise<string[]> {
  const shapes = "input must be a string, an array of strings, an array of token ids or an array of such arrays";
  const items: unknown[] = typeof input === "string" || isTokens(input) ? [input] : Array.isArray(input) ? input : [];
  if (items.length === 0) throw invalid("input", Array.isArray(input) ? "input must not be empty" : shapes);
  if (items.length > limits.maxInputs) {
    throw invalid("input", `input has ${items.length} items; at most ${limits.maxInputs} are taken at once`);
  }
  const texts: string[] = [];
  let characters = 0;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (typeof item !== "string" && !isTokens(item))
      throw invalid("input", `input[${index}] is neither text nor token ids`);
    const text = typeof item === "string" ? item : await decodeTokens(item);
    if (text === "") throw invalid("input", `input[${index}] is empty`);
    characters += text.length;
    if (characters > limits.maxCharacters) {
      throw new ApiError(400, `input has more than ${limits.maxCharacters} characters; send it in several requests`, {
        param: "input",
        code: "string_above_max_length",
      });
    }
    // A lone surrogate is half a character: no encoding has it, and the tokenizer would stumble over it.
    texts.push(SURROGATE.test(text) ? text.replaceAll(LONE_SURROGATE, "\uFFFD") : text);
  }
  return texts;
}

const SURROGATE = /[\uD800-\uDFFF]/;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id) && id >= 0);
}
