import { describe, expect, it } from "vitest";
import {
  bytesOf,
  FLOAT,
  floatOutput,
  floatsOf,
  INT64,
  makeNode,
  readModel,
  writeModel,
} from "../../../src/embed/onnx/model-file.ts";
import { poolInGraph, POOLED_OUTPUT } from "../../../src/embed/onnx/pool-graph.ts";
import { readFields, textOf, writeFields } from "../../../src/embed/onnx/protobuf.ts";
import { tinyGraph } from "../fakes/tiny-model.ts";

describe("readModel and writeModel", () => {
  it("carry a model through unchanged", () => {
    const model = readModel(tinyGraph());
    expect(model.nodes.map(({ op }) => op)).toEqual(
      "Gather MatMul Cast Reshape MatMul ReduceSum Div Add Tanh".split(" "),
    );
    expect(model.opset).toBe(13);
    expect([...model.tensors.keys()]).toEqual(["table", "matrix", "row", "last_axis"]);
    const again = readModel(writeModel(model));
    expect(again.nodes.map(({ inputs, outputs }) => [inputs, outputs])).toEqual(
      model.nodes.map(({ inputs, outputs }) => [inputs, outputs]),
    );
    expect(Buffer.from(writeModel(again))).toEqual(Buffer.from(writeModel(model)));
  });

  it("keep tensors in encodings they do not know as they stand", () => {
    const model = readModel(tinyGraph());
    const odd = writeFields([
      { id: 1, value: 2n },
      { id: 2, value: BigInt(INT64) },
      { id: 7, value: Uint8Array.of(1, 2) },
      { id: 8, value: Buffer.from("odd") },
    ]);
    const graph = writeFields([{ id: 5, value: odd }]);
    const read = readModel(writeFields([{ id: 7, value: graph }]));
    expect(read.tensors.get("odd")).toMatchObject({ dims: [2], type: INT64 });
    expect(
      readFields(writeModel(read)).some(
        ({ value }) => value instanceof Uint8Array && Buffer.from(value).includes("odd"),
      ),
    ).toBe(true);
    expect(model.tensors.has("odd")).toBe(false);
  });

  it("read floats wherever they lie in the file", () => {
    const model = readModel(tinyGraph());
    const matrix = model.tensors.get("matrix");
    if (matrix === undefined) throw new Error("no matrix");
    const floats = floatsOf(matrix);
    expect(floats).toHaveLength(32 * 32);
    expect(floats.every((value) => value >= -1 && value <= 1)).toBe(true);
    const copy = readModel(
      writeModel({ ...model, tensors: new Map([["matrix", { ...matrix, data: bytesOf(floats) }]]) }),
    );
    expect(copy.tensors.get("matrix")).toMatchObject({ dims: [32, 32], type: FLOAT });
  });

  it("refuse what is no model", () => {
    expect(() => readModel(new Uint8Array())).toThrow("no ONNX graph");
    expect(() => readModel(Buffer.from("hello, world"))).toThrow(RangeError);
  });

  it("write integer attributes, alone and in lists", () => {
    const { rest } = makeNode("ReduceMean", ["x"], ["y"], { axes: [1, -1], keepdims: 0 });
    const attributes = rest.map(({ value }) => readFields(value instanceof Uint8Array ? value : new Uint8Array()));
    expect(attributes.map((fields) => fields.map(({ id }) => id))).toEqual([
      [1, 8, 8, 20],
      [1, 3, 20],
    ]);
    expect(attributes[0]?.map(({ value }) => value).slice(1)).toEqual([1n, -1n, 7n]);
  });
});

describe("poolInGraph", () => {
  const pooled = (pooling: "mean" | "cls", opset: number) => {
    const model = { ...readModel(tinyGraph()), opset };
    poolInGraph(model, "last_hidden_state", pooling);
    return model;
  };

  it("leaves one output, of unit length", () => {
    const { outputs, nodes } = pooled("mean", 13);
    expect(outputs).toHaveLength(1);
    expect(textOf(readFields(outputs[0] ?? new Uint8Array())[0]?.value ?? 0n)).toBe(POOLED_OUTPUT);
    expect(nodes.at(-1)?.op).toBe("LpNormalization");
    expect(Buffer.from(floatOutput(POOLED_OUTPUT))).toEqual(Buffer.from(outputs[0] ?? new Uint8Array()));
  });

  it("takes the first token, or the mean in the words of the graph's operator set", () => {
    expect(pooled("cls", 13).nodes.at(-2)).toMatchObject({
      op: "Gather",
      inputs: ["last_hidden_state", "pooled_index"],
    });
    expect(pooled("mean", 13).nodes.at(-2)?.inputs).toEqual(["last_hidden_state"]);
    expect(pooled("mean", 18).nodes.at(-2)?.inputs).toEqual(["last_hidden_state", "pooled_axis"]);
    expect(pooled("mean", 18).tensors.get("pooled_axis")).toMatchObject({ dims: [1], type: INT64 });
  });
});
