import { bytesOf, dropUnusedTensors, FLOAT, floatsOf, INT8, makeNode, outputNamesOf, UINT8 } from "./model-file.ts";
import type { GraphNode, GraphTensor, OnnxModel } from "./model-file.ts";

/**
 * Rewrites a graph that was published with 8-bit weights in place so that it computes in floats: the weights are those of
 * the integers, the activations are no longer rounded. Accelerators have no kernels for the integer products, and hand
 * each of them back to the processor.
 * @returns whether there was anything to rewrite
 */
export function dequantise(model: OnnxModel): boolean {
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const floats = new Map<GraphNode, GraphNode>();
  for (const node of model.nodes) {
    const float = productOf(model, producers, node) ?? lookUpOf(model, producers, node);
    if (float !== null) floats.set(node, float);
  }
  if (floats.size === 0) return false;
  model.nodes = withoutUnread(
    model.nodes.map((node) => floats.get(node) ?? node),
    outputNamesOf(model),
  );
  dropUnusedTensors(model);
  return true;
}

type Producers = ReadonlyMap<string, GraphNode>;

/** The float product that `Mul(Cast(MatMulInteger(quantised, weights)), Mul(scale, scales))` stands for; null for another. */
function productOf(model: OnnxModel, producers: Producers, node: GraphNode): GraphNode | null {
  if (node.op !== "Mul") return null;
  const [sums, scaling] = node.inputs.map((input) => producers.get(input));
  const product = sums?.op === "Cast" ? producers.get(sums.inputs[0] ?? "") : undefined;
  if (product?.op !== "MatMulInteger" || scaling?.op !== "Mul") return null;
  const [quantised = "", weights = "", , zero = ""] = product.inputs;
  const activations = producers.get(quantised);
  const scales = scaling.inputs.map((input) => model.tensors.get(input)).find((tensor) => tensor !== undefined);
  const float = floatTensor(model, weights, scales, model.tensors.get(zero));
  if (activations?.op !== "DynamicQuantizeLinear" || float === null) return null;
  return makeNode("MatMul", [activations.inputs[0] ?? "", float], node.outputs);
}

/** The look-up in a float table that `DequantizeLinear(Gather(table, ids))` stands for; null for another. */
function lookUpOf(model: OnnxModel, producers: Producers, node: GraphNode): GraphNode | null {
  if (node.op !== "DequantizeLinear") return null;
  const [steps = "", scale = "", zero = ""] = node.inputs;
  const lookUp = producers.get(steps);
  const scales = model.tensors.get(scale);
  if (lookUp?.op !== "Gather" || scales === undefined || scales.data.length !== 4) return null;
  const float = floatTensor(model, lookUp.inputs[0] ?? "", scales, model.tensors.get(zero));
  return float === null ? null : { ...lookUp, inputs: [float, ...lookUp.inputs.slice(1)], outputs: node.outputs };
}

/** Adds the floats that a matrix of 8-bit steps stands for, with one scale and zero point or one for each column. */
function floatTensor(
  model: OnnxModel,
  name: string,
  scales: GraphTensor | undefined,
  zeros: GraphTensor | undefined,
): string | null {
  const tensor = model.tensors.get(name);
  const [rows = 0, columns = 0] = tensor?.dims ?? [];
  const known = tensor?.type === INT8 || tensor?.type === UINT8;
  if (tensor === undefined || scales === undefined || !known || tensor.dims.length !== 2) return null;
  const float = `${name}_float`;
  if (model.tensors.has(float)) return float;
  const read = ({ type, data }: GraphTensor) =>
    type === INT8 ? new Int8Array(data.buffer, data.byteOffset, data.length) : data;
  const [steps, scale, zero] = [read(tensor), floatsOf(scales), zeros === undefined ? new Int8Array(1) : read(zeros)];
  if (steps.length !== rows * columns) return null;
  const at = (values: ArrayLike<number>, column: number) => values[values.length === 1 ? 0 : column] ?? 0;
  const values = new Float32Array(steps.length);
  for (let index = 0; index < values.length; index += 1) {
    const column = index % columns;
    values[index] = ((steps[index] ?? 0) - at(zero, column)) * at(scale, column);
  }
  model.tensors.set(float, { name: float, dims: [rows, columns], type: FLOAT, data: bytesOf(values) });
  return float;
}

const QUANTISING = new Set(["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Gather"]);

/** Leaves out the steps of quantising that only the integer products read; each may have been read by the next. */
function withoutUnread(nodes: readonly GraphNode[], results: readonly string[]): GraphNode[] {
  const read = new Set([...nodes.flatMap(({ inputs }) => inputs), ...results]);
  const kept = nodes.filter(({ op, outputs }) => !QUANTISING.has(op) || outputs.some((output) => read.has(output)));
  return kept.length === nodes.length ? kept : withoutUnread(kept, results);
}
