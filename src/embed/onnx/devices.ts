import { UserError } from "../../errors.ts";
import { RUNTIME_VERSION, type Runtime } from "./runtime.ts";

/** How graphs are run on one kind of device. */
export interface Device {
  readonly name: string;
  /** Most tokens that it computes at once, padding included; 0 where one text at a time is best. */
  readonly batchTokens: number;
  /** Lengths are padded to a multiple of so many tokens. */
  readonly padTo: number;
  /** Threads that each hold the model; the cores decide on a processor. */
  readonly runners: number;
  /** What must be installed for it to be used. */
  readonly needs: string;
  /** Session options of the runtime for this device. */
  sessionOptions(threads: number): Readonly<Record<string, unknown>>;
}

const cpu: Device = {
  name: "cpu",
  batchTokens: 0,
  padTo: 1,
  runners: 1,
  needs: "Nothing.",
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
function accelerator(name: string, traits: Omit<Device, "name" | "sessionOptions">): Device {
  return {
    name,
    ...traits,
    sessionOptions: (threads) => ({
      ...cpu.sessionOptions(threads),
      executionProviders: [name, "cpu"],
      // That the processor computes shapes is as it should be, and no warning.
      logSeverityLevel: 3,
    }),
  };
}

/** Fills the largest cards; more only takes memory. */
const FULL = { batchTokens: 12_800, padTo: 1, runners: 1 };

const DEVICES: readonly Device[] = [
  cpu,
  accelerator("webgpu", {
    needs: "WebGPU needs a graphics driver; on Linux one for Vulkan, and Vulkan's loader (libvulkan1).",
    // A shader is compiled for each new length, and attention is not tiled: with batches twice as large, of any length,
    // texts of mixed lengths take twice as long.
    batchTokens: 6_400,
    padTo: 32,
    // Two threads that share the device end the process.
    runners: 1,
  }),
  accelerator("cuda", {
    needs: `CUDA needs CUDA 12 and cuDNN 9, and the runtime's libraries for them, which \`npm install onnxruntime-node@${RUNTIME_VERSION}\` in the folder of the runtime (under \`runtimes\` in the program's home) brings.`,
    ...FULL,
    // One encodes and answers while the other computes: half as many texts a second more.
    runners: 2,
  }),
  accelerator("coreml", { needs: "Core ML needs macOS.", ...FULL }),
  accelerator("dml", { needs: "DirectML needs Windows and a graphics driver for Direct3D 12.", ...FULL }),
];

/** How many threads a device is best given, each with the model; null for the processor, where the cores decide. */
export function runnersOf(name: string): number | null {
  return isAccelerator(name) ? (DEVICES.find((device) => device.name === name)?.runners ?? 1) : null;
}

/** Whether a device of this name is one beside the processor. */
export function isAccelerator(name: string): boolean {
  return name !== "auto" && name !== cpu.name;
}

/**
 * The device of this name. `auto` is the processor, which every machine has: an index belongs to the vectors of one
 * precision, and must not change with a driver.
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
