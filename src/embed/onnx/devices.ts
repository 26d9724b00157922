import { UserError } from "../../errors.ts";
import { RUNTIME_VERSION, type Runtime } from "./runtime.ts";

/** How graphs are run on one kind of device. */
export interface Device {
  readonly name: string;
  /** Most tokens that it computes at once, padding included; 0 where one text at a time is best. */
  readonly batchTokens: number;
  /** What must be installed for it to be used. */
  readonly needs: string;
  /** Session options of the runtime for this device. */
  sessionOptions(threads: number): Readonly<Record<string, unknown>>;
}

const cpu: Device = {
  name: "cpu",
  batchTokens: 0,
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

/**
 * Enough to fill the largest card here measured. WebGPU computes attention without tiling: with batches of 50,000 tokens it
 * is six times as slow as with these.
 */
const BATCH_TOKENS = 12_800;

/** A provider of the runtime beside the processor, which takes what the provider has no kernel for. */
function accelerator(name: string, needs: string): Device {
  return {
    name,
    needs,
    batchTokens: BATCH_TOKENS,
    sessionOptions: (threads) => ({
      ...cpu.sessionOptions(threads),
      executionProviders: [name, "cpu"],
      // That the processor computes shapes is as it should be, and no warning.
      logSeverityLevel: 3,
    }),
  };
}

const DEVICES: readonly Device[] = [
  cpu,
  accelerator("webgpu", "WebGPU needs a graphics driver; on Linux one for Vulkan, and Vulkan's loader (libvulkan1)."),
  accelerator(
    "cuda",
    `CUDA needs CUDA 12 and cuDNN 9, and the runtime's libraries for them, which \`npm install onnxruntime-node@${RUNTIME_VERSION}\` in the folder of the runtime (under \`runtimes\` in the program's home) brings.`,
  ),
  accelerator("coreml", "Core ML needs macOS."),
  accelerator("dml", "DirectML needs Windows and a graphics driver for Direct3D 12."),
];

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
