import { UserError } from "../../errors.ts";
import type { Runtime } from "./runtime.ts";

/** How graphs are run on one kind of device. */
export interface Device {
  readonly name: string;
  /** Session options of the runtime for this device. */
  sessionOptions(threads: number): Readonly<Record<string, unknown>>;
}

const cpu: Device = {
  name: "cpu",
  sessionOptions: (threads) => ({
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // Without the arena every large tensor is mapped and unmapped anew, which takes half the time of a long text. It keeps
    // the memory of the longest text, which is bounded here: one window at a time.
    enableCpuMemArena: true,
    // Plans memory per input length, and would keep a plan for each of hundreds of lengths.
    enableMemPattern: false,
    // Waiting threads that spin take the core from whoever else works on this machine.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  }),
};

/** A provider of the runtime beside the processor, which takes what the provider has no kernel for. */
function accelerator(name: string): Device {
  return {
    name,
    sessionOptions: (threads) => ({ ...cpu.sessionOptions(threads), executionProviders: [name, "cpu"] }),
  };
}

const DEVICES: readonly Device[] = [cpu, ...["cuda", "webgpu", "coreml", "dml"].map(accelerator)];

/**
 * The device of this name. `auto` is the processor: prepared graphs compute in 8-bit integers, which accelerators have
 * no kernels for and would hand back to it, layer by layer.
 * @throws UserError `embedding.no-device` where the runtime has no such provider: left to itself it would quietly take
 *   the processor.
 */
export function deviceNamed(name: string, runtime: Runtime): Device {
  if (name === "auto") return cpu;
  const offered = runtime.listSupportedBackends().map((backend) => backend.name);
  const device = DEVICES.find((each) => each.name === name);
  if (device !== undefined && offered.includes(name)) return device;
  throw new UserError("embedding.no-device", `the inference runtime cannot compute on "${name}" here`, {
    hint: `Set DEVICE_TYPE to one of ${["auto", ...offered.filter(isKnown)].join(", ")}.`,
  });
}

function isKnown(name: string): boolean {
  return DEVICES.some((each) => each.name === name);
}
