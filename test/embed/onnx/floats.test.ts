import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../../../src/log.ts";
import { modelsFor } from "../../../src/embed/catalogue.ts";
import { createOnnxEmbedder, fingerprintOf } from "../../../src/embed/onnx-embedder.ts";
import { dequantise } from "../../../src/embed/onnx/dequantise.ts";
import { openInference } from "../../../src/embed/onnx/inference.ts";
import {
  bytesOf,
  FLOAT,
  floatOutput,
  floatsOf,
  INT8,
  makeNode,
  readModel,
  UINT8,
  writeModel,
} from "../../../src/embed/onnx/model-file.ts";
import type { GraphTensor, OnnxModel } from "../../../src/embed/onnx/model-file.ts";
import { writeFields } from "../../../src/embed/onnx/protobuf.ts";
import { POOLED_OUTPUT, poolInGraph } from "../../../src/embed/onnx/pool-graph.ts";
import { quantise } from "../../../src/embed/onnx/quantise.ts";
import { ensureRuntime, loadRuntime } from "../../../src/embed/onnx/runtime.ts";
import { createTextEncoder } from "../../../src/embed/onnx/text-encoder.ts";
import { cosine } from "../../../src/embed/onnx/vectors.ts";
import { findLocalModel, modelDirectory, pullModel } from "../../../src/embed/pull-model.ts";
import { lendRuntime, TINY_DIMENSIONS, tinyGraph, tinyHub, tinySpec, tinyTokenizer } from "../fakes/tiny-model.ts";

const OPTIONS = { threads: 1, device: "cpu" };
const TEXTS = ["return ( a ) ;", "a", "function f ( a , b ) { return a . b ; }", "0 1 2 3 4 5 6 7 8 9 ".repeat(4)];

describe("graphs that compute in floats", () => {
  let home: string;
  let hub: Awaited<ReturnType<typeof tinyHub>>;
  const spec = { ...tinySpec(), precision: "float32" as const };

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-floats-"));
    await lendRuntime(home);
    hub = await tinyHub();
    await pullModel(spec, { home, env: { HF_ENDPOINT: hub.endpoint } });
  });
  afterAll(async () => {
    hub.close();
    await rm(home, { recursive: true, force: true });
  });

  /** Opens a graph with pooling appended; `vectors` runs texts together. */
  async function opened(graph: Uint8Array, padded: boolean, change?: (model: ReturnType<typeof readModel>) => void) {
    const model = readModel(graph);
    change?.(model);
    poolInGraph(model, "last_hidden_state", "mean", padded);
    const inference = await openInference(
      loadRuntime(await ensureRuntime({ home })),
      writeModel(model),
      POOLED_OUTPUT,
      OPTIONS,
    );
    return async (texts: readonly (readonly number[])[]) => {
      const { values, dims } = await inference.run(texts);
      expect(dims).toEqual([texts.length, TINY_DIMENSIONS]);
      return texts.map((_, row) => values.slice(row * TINY_DIMENSIONS, (row + 1) * TINY_DIMENSIONS));
    };
  }

  const encoder = createTextEncoder(JSON.parse(tinyTokenizer()));
  const ids = TEXTS.map((text) => [...encoder.before, ...encoder.encode(text), ...encoder.after]);

  it("give a text the same vector alone and padded beside longer ones", async () => {
    const together = await (await opened(tinyGraph(), true))(ids);
    const alone = await opened(tinyGraph(), false);
    for (const [row, text] of ids.entries()) {
      const [expected] = await alone([text]);
      const furthest = together[row]?.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - (expected?.[at] ?? 9))),
        0,
      );
      expect(furthest).toBeLessThan(1e-5);
    }
  });

  it("are won back from graphs of 8-bit integers, in their shape and near their vectors", async () => {
    const rounded = await opened(tinyGraph(), false, quantise);
    const wonBack = await opened(tinyGraph(), false, (model) => {
      quantise(model);
      expect(dequantise(model)).toBe(true);
      expect(model.nodes.map(({ op }) => op)).not.toContain("MatMulInteger");
      expect(model.nodes.map(({ op }) => op)).not.toContain("DynamicQuantizeLinear");
    });
    const exact = await opened(tinyGraph(), false);
    for (const text of ids) {
      const [[a], [b], [c]] = [await rounded([text]), await wonBack([text]), await exact([text])];
      if (a === undefined || b === undefined || c === undefined) throw new Error("a vector is missing");
      expect(cosine(a, b)).toBeGreaterThan(0.999);
      // What is left of the rounding is that of the weights.
      expect(cosine(b, c)).toBeGreaterThanOrEqual(cosine(a, c) - 1e-4);
    }
  });

  it("are left as they are where they compute in floats already", () => {
    const model = readModel(tinyGraph());
    expect(dequantise(model)).toBe(false);
    expect(writeModel(model)).toEqual(writeModel(readModel(tinyGraph())));
  });

  it("lie beside those of 8-bit integers, under a fingerprint of their own, as exact as published", async () => {
    const model = findLocalModel(spec, home);
    expect(model?.lowestCosine).toBeGreaterThan(0.9999);
    expect(readModel(await readFile(model?.graph ?? "")).nodes.map(({ op }) => op)).not.toContain("MatMulInteger");
    expect(findLocalModel(tinySpec(), home)).toBeNull();
    expect(modelDirectory(spec, home)).not.toBe(modelDirectory(tinySpec(), home));
    expect(fingerprintOf(spec)).not.toBe(fingerprintOf(tinySpec()));
    await using embedder = createOnnxEmbedder(spec, { home, log: createLogger("silent"), device: "cpu" });
    expect(embedder.label).toContain("float32");
    const vectors = await embedder.embed(TEXTS, { role: "document" });
    expect(vectors.map((vector) => vector.length)).toEqual(TEXTS.map(() => TINY_DIMENSIONS));
  });

  it("are prepared for accelerators only", () => {
    for (const device of ["auto", "cpu"]) expect(modelsFor(device).some(({ precision }) => precision)).toBe(false);
    for (const device of ["webgpu", "cuda", "coreml", "dml"]) {
      expect(modelsFor(device).every(({ precision }) => precision === "float32")).toBe(true);
    }
  });
});

describe("dequantise", () => {
  const eightBits = (name: string, dims: readonly number[], type: number, values: readonly number[]) =>
    [name, { name, dims, type, data: Uint8Array.from(values) }] as const;
  const floats = (name: string, values: readonly number[]) =>
    [name, { name, dims: [values.length], type: FLOAT, data: bytesOf(Float32Array.from(values)) }] as const;

  /** Products and look-ups as the runtime's own quantiser publishes them. */
  const published = (): OnnxModel => ({
    nodes: [
      makeNode("Gather", ["table", "input_ids"], ["looked_up"]),
      makeNode("DequantizeLinear", ["looked_up", "table_scale", "table_zero"], ["x"]),
      makeNode("DynamicQuantizeLinear", ["x"], ["x_steps", "x_scale", "x_zero"]),
      makeNode("MatMulInteger", ["x_steps", "weights", "x_zero", "weights_zero"], ["sums"]),
      makeNode("Cast", ["sums"], ["cast"], { to: FLOAT }),
      makeNode("Mul", ["x_scale", "weights_scale"], ["scales"]),
      makeNode("Mul", ["cast", "scales"], ["y"]),
    ],
    tensors: new Map<string, GraphTensor>([
      eightBits("table", [2, 2], UINT8, [0, 128, 130, 255]),
      floats("table_scale", [0.5]),
      eightBits("table_zero", [], UINT8, [128]),
      // -1, 2 and 3, -4 as bytes.
      eightBits("weights", [2, 2], INT8, [255, 2, 3, 252]),
      floats("weights_scale", [0.25, 2]),
      eightBits("weights_zero", [2], INT8, [1, 0]),
    ]),
    outputs: [floatOutput("y")],
    opset: 11,
    graphRest: [],
    rest: [],
  });

  it("heeds scales and zero points, of the whole or of each column, and leaves nothing of the integers", () => {
    const model = published();
    expect(dequantise(model)).toBe(true);
    expect(model.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs])).toEqual([
      ["Gather", ["table_float", "input_ids"], ["x"]],
      ["MatMul", ["x", "weights_float"], ["y"]],
    ]);
    const valuesOf = (name: string) => [...floatsOf(model.tensors.get(name) ?? raise(name))];
    expect(valuesOf("table_float")).toEqual([-64, 0, 1, 63.5]);
    expect(valuesOf("weights_float")).toEqual([-0.5, 4, 0.5, -8]);
    expect([...model.tensors.keys()].toSorted()).toEqual(["table_float", "weights_float"]);
  });

  it("keeps what the graph puts out, and integer products that it does not know", () => {
    const model = published();
    model.nodes = model.nodes.map((node) =>
      node.op === "MatMulInteger" ? { ...node, inputs: ["x_steps", "x_steps", "x_zero"] } : node,
    );
    dequantise(model);
    expect(model.nodes.map(({ op }) => op)).toEqual(
      "Gather DynamicQuantizeLinear MatMulInteger Cast Mul Mul".split(" "),
    );
  });

  it("reads zero points that are written as integers instead of bytes", () => {
    const zero = writeFields([
      { id: 2, value: BigInt(INT8) },
      { id: 5, value: Uint8Array.of(7) },
      { id: 8, value: Buffer.from("zero") },
    ]);
    const model = readModel(writeFields([{ id: 7, value: writeFields([{ id: 5, value: zero }]) }]));
    expect(model.tensors.get("zero")?.data).toEqual(Uint8Array.of(7));
  });
});

function raise(name: string): never {
  throw new Error(`there is no tensor ${name}`);
}
