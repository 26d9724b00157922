import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, FLOAT, INT8, makeNode } from "../../../src/embed/onnx/model-file.ts";
import type { OnnxModel } from "../../../src/embed/onnx/model-file.ts";
import { quantise, quantiseMatrix } from "../../../src/embed/onnx/quantise.ts";

const matrix = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc.float32Array({ minLength: rows * columns, maxLength: rows * columns, min: -8, max: 8, noNaN: true }),
  }),
);

describe("quantiseMatrix", () => {
  it.each(["rows", "columns"] as const)("stays within half a step of the value, by %s, in seven bits", (by) => {
    fc.assert(
      fc.property(matrix, ({ rows, columns, values }) => {
        const { steps, scales } = quantiseMatrix(values, rows, columns, by);
        for (const [at, value] of values.entries()) {
          const scale = scales[by === "rows" ? Math.floor(at / columns) : at % columns] ?? Number.NaN;
          const step = steps[at] ?? Number.NaN;
          expect(Math.abs(step)).toBeLessThanOrEqual(63);
          // Values so small that their scale is no normal float any more are lost as zeros.
          expect(Math.abs(step * scale - value)).toBeLessThanOrEqual(scale * 0.501 + 1e-30);
        }
      }),
    );
  });
});

describe("quantise", () => {
  const weights = (name: string, dims: readonly number[]) =>
    [
      name,
      { name, dims, type: FLOAT, data: bytesOf(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5)) },
    ] as const;

  it("turns products with constant matrices into integer products and leaves the rest alone", () => {
    const model: OnnxModel = {
      nodes: [
        makeNode("MatMul", ["x", "w"], ["a"]),
        makeNode("MatMul", ["x", "w"], ["b"]),
        makeNode("MatMul", ["a", "b"], ["c"]),
        makeNode("Gather", ["small", "ids"], ["d"]),
      ],
      tensors: new Map([weights("w", [4, 2]), weights("small", [3, 2])]),
      outputs: [],
      opset: 11,
      graphRest: [],
      rest: [],
    };
    quantise(model);
    expect(model.nodes.map(({ op }) => op)).toEqual(
      "DynamicQuantizeLinear MatMulInteger Cast Mul Mul MatMulInteger Cast Mul Mul MatMul Gather".split(" "),
    );
    expect([...model.tensors.keys()].toSorted()).toEqual(["small", "w_scales_by_columns", "w_steps_by_columns"]);
    expect(model.tensors.get("w_steps_by_columns")).toMatchObject({ type: INT8, dims: [4, 2] });
  });
});
