import { createHash } from "node:crypto";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "../../../src/embed/model-spec.ts";
import { bytesOf, FLOAT, floatOutput, INT64, makeNode, writeModel } from "../../../src/embed/onnx/model-file.ts";
import type { GraphTensor } from "../../../src/embed/onnx/model-file.ts";
import { writeFields } from "../../../src/embed/onnx/protobuf.ts";
import { ensureRuntime } from "../../../src/embed/onnx/runtime.ts";

export const TINY_DIMENSIONS = 32;
const WORDS =
  "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9 . , ( ) { } = ; function return".split(" ");
const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ...WORDS, ...WORDS.slice(0, 36).map((letter) => `##${letter}`)];

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 31 - 1;
  }
}

function tensor(name: string, dims: readonly number[], seed: number) {
  const next = numbers(seed);
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => next.next().value ?? 0);
  return [name, { name, dims, type: FLOAT, data: bytesOf(data) }] as const;
}

function indices(name: string, values: readonly number[]) {
  const data = bytesOf(BigInt64Array.from(values, BigInt));
  return [name, { name, dims: [values.length], type: INT64, data }] as const;
}

/**
 * A graph in the shape of an encoder: a table of tokens, a product with a matrix, and each token told of the others, with
 * heed to the mask.
 */
export function tinyGraph(): Uint8Array {
  const input = (name: string) => ({
    id: 11,
    value: writeFields([
      { id: 1, value: Buffer.from(name) },
      {
        id: 2,
        value: writeFields([
          {
            id: 1,
            value: writeFields([
              { id: 1, value: 7n },
              { id: 2, value: shape() },
            ]),
          },
        ]),
      },
    ]),
  });
  const shape = () => {
    const dim = (name: string) => ({ id: 1, value: writeFields([{ id: 2, value: Buffer.from(name) }]) });
    return writeFields([dim("batch"), dim("tokens")]);
  };
  return writeModel({
    nodes: [
      makeNode("Gather", ["table", "input_ids"], ["embedded"]),
      makeNode("MatMul", ["embedded", "matrix"], ["mixed"]),
      makeNode("Cast", ["attention_mask"], ["weights"], { to: FLOAT }),
      makeNode("Reshape", ["weights", "row"], ["weights_row"]),
      makeNode("MatMul", ["weights_row", "mixed"], ["total"]),
      makeNode("ReduceSum", ["weights_row", "last_axis"], ["count"], { keepdims: 1 }),
      makeNode("Div", ["total", "count"], ["context"]),
      makeNode("Add", ["mixed", "context"], ["sum"]),
      makeNode("Tanh", ["sum"], ["last_hidden_state"]),
    ],
    tensors: new Map<string, GraphTensor>([
      tensor("table", [VOCABULARY.length, TINY_DIMENSIONS], 1),
      tensor("matrix", [TINY_DIMENSIONS, TINY_DIMENSIONS], 2),
      indices("row", [0, 1, -1]),
      indices("last_axis", [2]),
    ]),
    outputs: [floatOutput("last_hidden_state")],
    opset: 13,
    graphRest: [{ id: 2, value: Buffer.from("tiny") }, input("input_ids"), input("attention_mask")],
    rest: [
      { id: 1, value: 8n },
      { id: 8, value: writeFields([{ id: 2, value: 13n }]) },
    ],
  });
}

/** A WordPiece tokenizer over letters, in the format of `tokenizer.json`. */
export function tinyTokenizer(): string {
  const special = (id: number, content: string) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const part = (name: string) => ({ SpecialToken: { id: name, type_id: 0 } });
  const sequence = (id: string) => ({ Sequence: { id, type_id: 0 } });
  return JSON.stringify({
    version: "1.0",
    truncation: { direction: "Right", max_length: 4, strategy: "LongestFirst", stride: 0 },
    padding: null,
    added_tokens: [special(0, "[PAD]"), special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]")],
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [part("[CLS]"), sequence("A"), part("[SEP]")],
      pair: [part("[CLS]"), sequence("A"), part("[SEP]"), sequence("B")],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((word, id) => [word, id])),
    },
  });
}

/** The tiny model as a catalogue would list it; its files are on the hub only. */
export function tinySpec(changes: Partial<ModelSpec> = {}): ModelSpec {
  const file = (content: Uint8Array | string, inRepository: string) => ({
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    hub: { repository: "tests/tiny", revision: "1", path: inRepository },
  });
  return {
    name: "tiny",
    aliases: [],
    description: "",
    licence: "MIT",
    dimensions: TINY_DIMENSIONS,
    maxTokens: 16,
    windowTokens: 16,
    pooling: "mean",
    queryPrefix: "",
    documentPrefix: "",
    quantise: true,
    clampBias: false,
    weights: file(tinyGraph(), "model.onnx"),
    tokenizer: file(tinyTokenizer(), "tokenizer.json"),
    mirrors: [],
    ...changes,
  };
}

/** A hub that has the tiny model and nothing else. */
export async function tinyHub(): Promise<{ endpoint: string; requests: string[]; close: () => void }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    if (request.url === "/tests/tiny/resolve/1/model.onnx") response.end(tinyGraph());
    else if (request.url === "/tests/tiny/resolve/1/tokenizer.json") response.end(tinyTokenizer());
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}

/** Gives a home the inference runtime, which is downloaded once per checkout and kept in its cache folder. */
export async function lendRuntime(home: string): Promise<void> {
  const shared = fileURLToPath(new URL("../../../.cache/test-home", import.meta.url));
  await ensureRuntime({ home: shared });
  mkdirSync(home, { recursive: true });
  const link = path.join(home, "runtimes");
  if (!existsSync(link)) symlinkSync(path.join(shared, "runtimes"), link, "junction");
}
