import { integersOf, readFields, textOf, writeFields } from "./protobuf.ts";
import type { Field } from "./protobuf.ts";

/** Element types of ONNX tensors that graphs here are made of (TensorProto.DataType). */
export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT64 = 7;

/** One operation of a graph. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes, names and whatever else the node says, as fields of NodeProto. */
  readonly rest: readonly Field[];
}

/** A constant of the graph; `data` is little-endian and row-major. */
export interface GraphTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: number;
  readonly data: Uint8Array;
}

/** An ONNX model opened up as far as rewriting needs; everything else is carried through untouched. */
export interface OnnxModel {
  nodes: GraphNode[];
  readonly tensors: Map<string, GraphTensor>;
  /** ValueInfoProto of each output of the graph. */
  outputs: Uint8Array[];
  /** Version of the default operator set. */
  readonly opset: number;
  readonly graphRest: readonly Field[];
  readonly rest: readonly Field[];
}

const MODEL = { graph: 7, opset: 8 };
const OPSET = { domain: 1, version: 2 };
const GRAPH = { node: 1, tensor: 5, output: 12 };
const NODE = { input: 1, output: 2, op: 4 };
const TENSOR = { dims: 1, type: 2, floats: 4, integers: 5, name: 8, raw: 9 };

/**
 * Opens an ONNX model (fields as numbered by onnx.proto).
 * @throws RangeError when the bytes are no ONNX model.
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  const model = readFields(bytes);
  const graphBytes = model.find(({ id }) => id === MODEL.graph)?.value;
  if (!(graphBytes instanceof Uint8Array)) throw new RangeError("the file holds no ONNX graph");
  const graph = readFields(graphBytes);
  const tensors = parts(graph, GRAPH.tensor).map(readTensor);
  return {
    nodes: parts(graph, GRAPH.node).map(readNode),
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    outputs: parts(graph, GRAPH.output),
    opset: defaultOpset(model),
    graphRest: graph.filter(({ id }) => id !== GRAPH.node && id !== GRAPH.tensor && id !== GRAPH.output),
    rest: model.filter(({ id }) => id !== MODEL.graph),
  };
}

/** The bytes of a model. */
export function writeModel(model: OnnxModel): Uint8Array {
  const graph = writeFields([
    ...model.nodes.map((node) => ({ id: GRAPH.node, value: writeNode(node) })),
    ...Array.from(model.tensors.values(), (tensor) => ({ id: GRAPH.tensor, value: writeTensor(tensor) })),
    ...model.outputs.map((value) => ({ id: GRAPH.output, value })),
    ...model.graphRest,
  ]);
  return writeFields([...model.rest, { id: MODEL.graph, value: graph }]);
}

/** Names of what the graph puts out. */
export function outputNamesOf(model: OnnxModel): string[] {
  return model.outputs.map((output) => textOf(readFields(output).find(({ id }) => id === 1)?.value ?? 0n));
}

/** Forgets the constants that no node reads any more. */
export function dropUnusedTensors(model: OnnxModel): void {
  const used = new Set(model.nodes.flatMap(({ inputs }) => inputs));
  for (const name of model.tensors.keys()) if (!used.has(name)) model.tensors.delete(name);
}

/** A node with integer attributes only, which is all that rewriting adds. */
export function makeNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): GraphNode {
  const rest = Object.entries(attributes).map(([name, value]) => ({
    id: 5,
    value: writeFields([{ id: 1, value: Buffer.from(name) }, ...attributeValue(value)]),
  }));
  return { op, inputs, outputs, rest };
}

/** A graph output of 32-bit floats whose shape is left to the runtime. */
export function floatOutput(name: string): Uint8Array {
  const elementType = writeFields([{ id: 1, value: BigInt(FLOAT) }]);
  return writeFields([
    { id: 1, value: Buffer.from(name) },
    { id: 2, value: writeFields([{ id: 1, value: elementType }]) },
  ]);
}

/** The values of a float tensor, copied so that they are aligned. */
export function floatsOf(tensor: GraphTensor): Float32Array {
  return new Float32Array(new Uint8Array(tensor.data).buffer);
}

/** The bytes of a typed array, not copied. */
export function bytesOf(array: Float32Array | Int8Array | BigInt64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function attributeValue(value: number | readonly number[]): Field[] {
  const [INT, INTS] = [2n, 7n];
  if (typeof value === "number")
    return [
      { id: 3, value: BigInt(value) },
      { id: 20, value: INT },
    ];
  return [...value.map((each) => ({ id: 8, value: BigInt(each) })), { id: 20, value: INTS }];
}

function readNode(bytes: Uint8Array): GraphNode {
  const fields = readFields(bytes);
  const texts = (wanted: number) => parts(fields, wanted).map(textOf);
  return {
    op: texts(NODE.op)[0] ?? "",
    inputs: texts(NODE.input),
    outputs: texts(NODE.output),
    rest: fields.filter(({ id }) => id !== NODE.op && id !== NODE.input && id !== NODE.output),
  };
}

function writeNode({ op, inputs, outputs, rest }: GraphNode): Uint8Array {
  return writeFields([
    ...inputs.map((name) => ({ id: NODE.input, value: Buffer.from(name) })),
    ...outputs.map((name) => ({ id: NODE.output, value: Buffer.from(name) })),
    { id: NODE.op, value: Buffer.from(op) },
    ...rest,
  ]);
}

function readTensor(bytes: Uint8Array): GraphTensor {
  const fields = readFields(bytes);
  const last = (wanted: number) => parts(fields, wanted).at(-1);
  return {
    name: textOf(last(TENSOR.name) ?? new Uint8Array()),
    dims: integersOf(fields, TENSOR.dims),
    type: integersOf(fields, TENSOR.type)[0] ?? 0,
    // Tensors in other encodings are left out by the caller: they are kept as they stand.
    data: last(TENSOR.raw) ?? last(TENSOR.floats) ?? Uint8Array.from(integersOf(fields, TENSOR.integers)),
    ...(last(TENSOR.raw) === undefined ? { verbatim: bytes } : {}),
  };
}

function writeTensor(tensor: GraphTensor): Uint8Array {
  if ("verbatim" in tensor && tensor.verbatim instanceof Uint8Array) return tensor.verbatim;
  return writeFields([
    ...tensor.dims.map((dim) => ({ id: TENSOR.dims, value: BigInt(dim) })),
    { id: TENSOR.type, value: BigInt(tensor.type) },
    { id: TENSOR.name, value: Buffer.from(tensor.name) },
    { id: TENSOR.raw, value: tensor.data },
  ]);
}

function defaultOpset(model: readonly Field[]): number {
  for (const opset of parts(model, MODEL.opset)) {
    const fields = readFields(opset);
    const domain = parts(fields, OPSET.domain)[0];
    if (domain === undefined || domain.length === 0) return integersOf(fields, OPSET.version)[0] ?? 0;
  }
  return 0;
}

function parts(fields: readonly Field[], wanted: number): Uint8Array[] {
  return fields.flatMap(({ id, value }) => (id === wanted && value instanceof Uint8Array ? [value] : []));
}
