// Writes a GGUF of random 8-bit weights (Q8_0) in the shape of all-MiniLM-L6-v2, with its real vocabulary, for llama.cpp:
//   node bench/embeddings/random-gguf.mjs TOKENIZER.json MODEL.gguf
// Its vectors mean nothing; how fast they are computed is what the real weights would take.
import { randomFillSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const [tokenizer, target] = process.argv.slice(2);
const [WIDTH, INNER, LAYERS, HEADS, CONTEXT] = [384, 1_536, 6, 12, 512];
const { vocab } = JSON.parse(readFileSync(tokenizer, "utf8")).model;
const words = Object.entries(vocab)
  .toSorted(([, a], [, b]) => a - b)
  .map(([word]) => word);
// Special ones as they are; the inner parts of words bare, and their beginnings marked.
const tokens = words.map((word) =>
  /^\[.*\]$/.test(word) ? word : word.startsWith("##") ? word.slice(2) : `\u2581${word}`,
);

const u32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const UINT = (value) => [u32(4), u32(value)];
const FLOAT = (value) => [u32(6), Buffer.from(Float32Array.of(value).buffer)];
const FALSE = [u32(7), Buffer.of(0)];
const TEXT = (value) => [u32(8), text(value)];
const LIST = (type, items) => [u32(9), u32(type), u64(items.length), ...items];

const facts = {
  "general.architecture": TEXT("bert"),
  "general.name": TEXT("random weights"),
  "bert.block_count": UINT(LAYERS),
  "bert.context_length": UINT(CONTEXT),
  "bert.embedding_length": UINT(WIDTH),
  "bert.feed_forward_length": UINT(INNER),
  "bert.attention.head_count": UINT(HEADS),
  "bert.attention.layer_norm_epsilon": FLOAT(1e-12),
  "bert.attention.causal": FALSE,
  "bert.pooling_type": UINT(1),
  "tokenizer.ggml.model": TEXT("bert"),
  "tokenizer.ggml.token_type_count": UINT(2),
  "tokenizer.ggml.tokens": LIST(8, tokens.map(text)),
  "tokenizer.ggml.token_type": LIST(
    5,
    words.map((word) => u32(/^\[.*\]$/.test(word) ? 3 : 1)),
  ),
  "tokenizer.ggml.bos_token_id": UINT(vocab["[CLS]"]),
  "tokenizer.ggml.eos_token_id": UINT(vocab["[SEP]"]),
  "tokenizer.ggml.unknown_token_id": UINT(vocab["[UNK]"]),
  "tokenizer.ggml.seperator_token_id": UINT(vocab["[SEP]"]),
  "tokenizer.ggml.padding_token_id": UINT(vocab["[PAD]"]),
  "tokenizer.ggml.cls_token_id": UINT(vocab["[CLS]"]),
};

const floats = (name, ...dims) => ({ name, dims, type: 0, data: random(dims, false) });
const eights = (name, ...dims) => ({ name, dims, type: 8, data: random(dims, true) });
const normed = (name) => [floats(`${name}.weight`, WIDTH), floats(`${name}.bias`, WIDTH)];
const linear = (name, from, to) => [eights(`${name}.weight`, from, to), floats(`${name}.bias`, to)];
const tensors = [
  eights("token_embd.weight", WIDTH, words.length),
  floats("position_embd.weight", WIDTH, CONTEXT),
  floats("token_types.weight", WIDTH, 2),
  ...normed("token_embd_norm"),
  ...Array.from({ length: LAYERS }, (_, layer) => [
    ...["attn_q", "attn_k", "attn_v", "attn_output"].flatMap((part) => linear(`blk.${layer}.${part}`, WIDTH, WIDTH)),
    ...normed(`blk.${layer}.attn_output_norm`),
    ...linear(`blk.${layer}.ffn_up`, WIDTH, INNER),
    ...linear(`blk.${layer}.ffn_down`, INNER, WIDTH),
    ...normed(`blk.${layer}.layer_output_norm`),
  ]).flat(),
];

/** Blocks of 32 values with one scale as a 16-bit float, or plain 32-bit floats. */
function random(dims, quantised) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!quantised) return Buffer.from(Float32Array.from({ length: count }, () => Math.random() * 0.1 - 0.05).buffer);
  const blocks = randomFillSync(Buffer.alloc((count / 32) * 34));
  for (let at = 0; at < blocks.length; at += 34) blocks.writeUInt16LE(0x0c00, at);
  return blocks;
}

const padding = (length) => Buffer.alloc((32 - (length % 32)) % 32);
let offset = 0;
const infos = tensors.map(({ name, dims, type, data }) => {
  const info = Buffer.concat([text(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset)]);
  offset += data.length + padding(data.length).length;
  return info;
});
const head = Buffer.concat([
  Buffer.from("GGUF"),
  u32(3),
  u64(tensors.length),
  u64(Object.keys(facts).length),
  ...Object.entries(facts).flatMap(([name, value]) => [text(name), ...value]),
  ...infos,
]);
const body = tensors.flatMap(({ data }) => [data, padding(data.length)]);
writeFileSync(target, Buffer.concat([head, padding(head.length), ...body]));
