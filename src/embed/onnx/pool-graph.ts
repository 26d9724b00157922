import { bytesOf, FLOAT, floatOutput, INT64, makeNode } from "./model-file.ts";
import type { GraphNode, OnnxModel } from "./model-file.ts";

/** How token vectors become one vector of the text. */
export type Pooling = "mean" | "cls";

/** Name of the output that pooled graphs have. */
export const POOLED_OUTPUT = "embedding";

/**
 * Appends pooling and L2 normalisation to `output` (`[batch, tokens, dimensions]`) and makes the result the only output.
 * Unless `padded`, right for texts of one length per run only: without padding there is no mask to heed.
 */
export function poolInGraph(model: OnnxModel, output: string, pooling: Pooling, padded = false): void {
  const mean = padded ? maskedSum : meanOfAll;
  model.nodes = [
    ...model.nodes,
    ...(pooling === "mean" ? mean(model, output) : first(model, output)),
    makeNode("LpNormalization", ["pooled_tokens"], [POOLED_OUTPUT], { axis: -1, p: 2 }),
  ];
  model.outputs = [floatOutput(POOLED_OUTPUT)];
}

function meanOfAll(model: OnnxModel, output: string): GraphNode[] {
  // The axes became an input in operator set 18.
  if (model.opset < 18) return [makeNode("ReduceMean", [output], ["pooled_tokens"], { axes: [1], keepdims: 0 })];
  addIndex(model, "pooled_axis", [1], [1]);
  return [makeNode("ReduceMean", [output, "pooled_axis"], ["pooled_tokens"], { keepdims: 0 })];
}

/** The sum over what is no padding; it points where the mean does, and its length is made one afterwards. */
function maskedSum(model: OnnxModel, output: string): GraphNode[] {
  addIndex(model, "pooled_mask_shape", [3], [0, 1, -1]);
  addIndex(model, "pooled_shape", [2], [0, -1]);
  return [
    makeNode("Cast", ["attention_mask"], ["pooled_weights"], { to: FLOAT }),
    makeNode("Reshape", ["pooled_weights", "pooled_mask_shape"], ["pooled_weights_row"]),
    makeNode("MatMul", ["pooled_weights_row", output], ["pooled_row"]),
    makeNode("Reshape", ["pooled_row", "pooled_shape"], ["pooled_tokens"]),
  ];
}

function first(model: OnnxModel, output: string): GraphNode[] {
  addIndex(model, "pooled_index", [], [0]);
  return [makeNode("Gather", [output, "pooled_index"], ["pooled_tokens"], { axis: 1 })];
}

function addIndex(model: OnnxModel, name: string, dims: readonly number[], values: readonly number[]): void {
  model.tensors.set(name, { name, dims, type: INT64, data: bytesOf(BigInt64Array.from(values, BigInt)) });
}
