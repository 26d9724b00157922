import { bytesOf, FLOAT, makeNode } from "./model-file.ts";
import type { GraphNode, OnnxModel } from "./model-file.ts";

/** Below this, a bias leaves less of an attention weight than a 32-bit float can tell from nothing. */
const FLOOR = -50;
/** Operations through which attention scores pass between their product and the softmax. */
const ELEMENTWISE = new Set(["Add", "Sub", "Mul", "Div", "Identity"]);

/**
 * Keeps what is added to attention scores from falling below a floor, in place. Biases that grow with distance (ALiBi)
 * push the weights of far tokens into denormal floats, on which processors are many times slower: half the time of a
 * long text. To the vectors it makes no difference; they are compared with the original's afterwards.
 */
export function clampAttentionBias(model: OnnxModel): void {
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const biases = new Set(
    model.nodes
      .filter(({ op }) => op === "Softmax")
      .flatMap(({ inputs }) => biasesOf(producers.get(inputs[0] ?? ""), producers)),
  );
  if (biases.size === 0) return;
  model.tensors.set("bias_floor", { name: "bias_floor", dims: [], type: FLOAT, data: bytesOf(Float32Array.of(FLOOR)) });
  model.nodes = model.nodes.flatMap((node) => {
    const clamped = node.outputs.filter((output) => biases.has(output));
    const clamps = clamped.map((output) => makeNode("Max", [output, "bias_floor"], [`${output}_clamped`]));
    return [readClamped(node, biases, producers), ...clamps];
  });
}

/** Only the addition to scores reads the clamped bias: what else is computed from it stays as it is. */
function readClamped(node: GraphNode, biases: ReadonlySet<string>, producers: Producers): GraphNode {
  if (node.op !== "Add" || !node.inputs.some((input) => isScores(input, producers))) return node;
  return { ...node, inputs: node.inputs.map((input) => (biases.has(input) ? `${input}_clamped` : input)) };
}

type Producers = ReadonlyMap<string, GraphNode>;

/** What an addition before the softmax adds to the scores. */
function biasesOf(node: GraphNode | undefined, producers: Producers): string[] {
  if (node === undefined || !ELEMENTWISE.has(node.op)) return [];
  const scores = node.inputs.filter((input) => isScores(input, producers));
  const others = node.op === "Add" && scores.length > 0 ? node.inputs.filter((input) => !scores.includes(input)) : [];
  const computed = others.filter((input) => producers.has(input));
  return [...computed, ...scores.flatMap((input) => biasesOf(producers.get(input), producers))];
}

/** Whether a value is the product of queries and keys, scaled or not. */
function isScores(name: string, producers: Producers): boolean {
  const node = producers.get(name);
  if (node === undefined) return false;
  return node.op === "MatMul" || (ELEMENTWISE.has(node.op) && node.inputs.some((input) => isScores(input, producers)));
}
