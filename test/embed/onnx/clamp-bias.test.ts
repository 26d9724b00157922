import { describe, expect, it } from "vitest";
import { clampAttentionBias } from "../../../src/embed/onnx/clamp-bias.ts";
import { makeNode } from "../../../src/embed/onnx/model-file.ts";
import type { GraphNode, OnnxModel } from "../../../src/embed/onnx/model-file.ts";

const modelOf = (...nodes: GraphNode[]): OnnxModel => ({
  nodes,
  tensors: new Map(),
  outputs: [],
  opset: 14,
  graphRest: [],
  rest: [],
});
const inputsOf = (model: OnnxModel, output: string) =>
  model.nodes.find(({ outputs }) => outputs.includes(output))?.inputs;

describe("clampAttentionBias", () => {
  it("puts one floor under a bias that several layers add to their scores", () => {
    const layer = (name: string) => [
      makeNode("MatMul", ["q", "k"], [`${name}_product`]),
      makeNode("Div", [`${name}_product`, "root"], [`${name}_scores`]),
      makeNode("Add", [`${name}_scores`, "bias"], [`${name}_biased`]),
      makeNode("Softmax", [`${name}_biased`], [`${name}_weights`]),
    ];
    const model = modelOf(makeNode("Mul", ["distance", "slope"], ["bias"]), ...layer("a"), ...layer("b"));
    clampAttentionBias(model);
    expect(model.nodes.filter(({ op }) => op === "Max")).toHaveLength(1);
    expect(inputsOf(model, "a_biased")).toEqual(["a_scores", "bias_clamped"]);
    expect(inputsOf(model, "b_biased")).toEqual(["b_scores", "bias_clamped"]);
    expect(model.tensors.has("bias_floor")).toBe(true);
  });

  it("finds biases that are added one after the other, and leaves what else reads them", () => {
    const model = modelOf(
      makeNode("Mul", ["distance", "slope"], ["alibi"]),
      makeNode("Mul", ["mask", "far"], ["masked"]),
      makeNode("Sqrt", ["alibi"], ["other"]),
      makeNode("MatMul", ["q", "k"], ["scores"]),
      makeNode("Add", ["scores", "alibi"], ["first"]),
      makeNode("Add", ["first", "masked"], ["second"]),
      makeNode("Softmax", ["second"], ["weights"]),
    );
    clampAttentionBias(model);
    expect(inputsOf(model, "first")).toEqual(["scores", "alibi_clamped"]);
    expect(inputsOf(model, "second")).toEqual(["first", "masked_clamped"]);
    expect(inputsOf(model, "other")).toEqual(["alibi"]);
  });

  it("leaves graphs without such a bias alone", () => {
    const model = modelOf(makeNode("MatMul", ["q", "k"], ["scores"]), makeNode("Softmax", ["scores"], ["weights"]));
    const before = structuredClone(model.nodes);
    clampAttentionBias(model);
    expect(model.nodes).toEqual(before);
    expect(model.tensors.size).toBe(0);
  });
});
