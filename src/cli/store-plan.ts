import type { StorePlan } from "../app/plan.ts";
import type { CommandInput } from "./command.ts";
import { numberOf } from "./numbers.ts";
import { formatBytes, formatCount } from "./units.ts";

/** The dimensions of the default model's vectors. */
const DIMENSIONS = 384;

const ADVICE = {
  embedded: "the embedded index: nothing else is needed",
  node: "one Qdrant server: searches of one file begin to be felt",
  cluster: "a cluster: more than one machine holds, or copies that outlive the loss of a node",
} as const;

/** `store plan`: what an index of some size needs. */
export async function plan(input: CommandInput): Promise<void> {
  const vectors = wholeOf(input, "vectors", 1_000_000);
  const dimensions = wholeOf(input, "dimensions", DIMENSIONS);
  const { planFor } = await import("../app/plan.ts");
  const planned = planFor(await input.config(), { vectors, dimensions });
  if (input.json) input.printer.json({ vectors, dimensions, ...planned });
  else print(planned, vectors, dimensions, input);
}

function print(planned: StorePlan, vectors: number, dimensions: number, { printer }: CommandInput): void {
  const { embedded, parts, copy, nodes, node, shards, coreHours, advice } = planned;
  const row = (name: string, memory: number, disk: number) =>
    printer.out(`  ${name.padEnd(34)} ${formatBytes(memory).padStart(10)} ${formatBytes(disk).padStart(10)}\n`);
  printer.out(`${formatCount(vectors, "vector")} of ${dimensions} dimensions: ${ADVICE[advice]}\n\n`);
  printer.out(`  ${"".padEnd(34)} ${"memory".padStart(10)} ${"disk".padStart(10)}\n`);
  row("embedded, one file", embedded.memory, embedded.disk);
  printer.out("  on a Qdrant server, one copy:\n");
  for (const { name, memory, disk } of parts) row(`  ${name}`, memory, disk);
  row("  with room to work", copy.memory, copy.disk);
  const size = `${Math.round(node.memory / 2 ** 30)} GiB of memory and ${formatBytes(node.disk)} of disk`;
  printer.out(`\n  ${formatCount(nodes, "node")} with ${size}${nodes > 1 ? " each" : ""}, ${shards} shards\n`);
  const { embed, send, serve } = coreHours;
  const hours = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} h`;
  printer.out(
    `  hours of one processor core: ${hours(embed)} to embed, ${hours(send)} to send, ${hours(serve)} for the servers\n`,
  );
  printer.err("docs/scale.md says where these figures come from.\n");
}

function wholeOf({ options }: CommandInput, flag: string, otherwise: number): number {
  const value = options[flag];
  if (typeof value !== "string") return otherwise;
  const range = { min: 1, max: Number.MAX_SAFE_INTEGER, what: "a whole number" };
  return numberOf("store", flag, value.replaceAll(/(?<=\d)[_,](?=\d)/g, ""), range);
}
