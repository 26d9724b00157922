import { createRequire } from "node:module";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { makeDirectory } from "../../make-directory.ts";
import { UserError } from "../../errors.ts";
import { installDirectory } from "../fetch/install-directory.ts";
import { extractNpmPackage } from "../fetch/npm-package.ts";
import type { NpmPackage } from "../fetch/npm-package.ts";
import type { OnProgress } from "../fetch/progress.ts";

/** The last release that carries Intel Macs beside all other platforms; later ones are no faster on these graphs. */
export const RUNTIME_VERSION = "1.23.2";

const NODE_PACKAGE: NpmPackage = {
  name: "onnxruntime-node",
  version: RUNTIME_VERSION,
  integrity: "sha512-OBTsG0W8ddBVOeVVVychpVBS87A9YV5sa2hJ6lc025T97Le+J4v++PwSC4XFs1C62SWyNdof0Mh4KvnZgtt4aw==",
  bytes: 97_134_627,
};

const COMMON_PACKAGE: NpmPackage = {
  name: "onnxruntime-common",
  version: RUNTIME_VERSION,
  integrity: "sha512-5LFsC9Dukzp2WV6kNHYLNzp8sT6V02IubLCbzw2Xd6X5GOlr65gAX6xiJwyi2URJol/s71gaQLC5F2C25AAR2w==",
  bytes: 65_554,
};

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"];

export interface RuntimePlace {
  /** The program's home. */
  readonly home: string;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the inference runtime of this machine lies, present or not. */
export function runtimeDirectory(home: string): string {
  return path.join(home, "runtimes", `onnxruntime-${RUNTIME_VERSION}-${process.platform}-${process.arch}`);
}

/**
 * Makes the inference runtime present: of the published package, which holds every platform in 250 MB, only what this
 * machine runs (33 MB on Linux). Its install script, which would fetch elsewhere, never runs.
 * @returns the directory to hand to `loadRuntime`
 * @throws UserError `embedding.no-runtime` where none is published for this machine.
 */
export async function ensureRuntime({ home, onProgress, signal }: RuntimePlace): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform) || isMusl()) {
    throw new UserError(
      "embedding.no-runtime",
      `there is no inference runtime for ${platform}${isMusl() ? " (musl)" : ""}`,
      {
        hint: "Use another embedding provider (EMBEDDING_PROVIDER), or search by words alone.",
      },
    );
  }
  const directory = runtimeDirectory(home);
  const binaries = `bin/napi-v6/${process.platform}/${process.arch}/`;
  const activity = "downloading the inference runtime";
  await installDirectory(
    directory,
    async (aside) => {
      const common = await packageDirectory(aside, COMMON_PACKAGE.name);
      await extractNpmPackage(COMMON_PACKAGE, common, {
        wanted: (file) => file === "package.json" || (file.startsWith("dist/cjs/") && /\.js(on)?$/.test(file)),
        activity,
        signal,
      });
      const node = await packageDirectory(aside, NODE_PACKAGE.name);
      await extractNpmPackage(NODE_PACKAGE, node, {
        wanted: (file) => file === "package.json" || /^dist\/[^/]+\.js$/.test(file) || file.startsWith(binaries),
        activity,
        onProgress,
        signal,
      });
      await writeFile(path.join(aside, "package.json"), '{ "private": true }\n');
    },
    signal,
  );
  return directory;
}

/** The part of the runtime's surface that is used here. */
export interface Runtime {
  readonly InferenceSession: {
    create(model: string | Uint8Array, options: Readonly<Record<string, unknown>>): Promise<InferenceSession>;
  };
  /** The providers that this build knows; those not bundled need libraries of their own. */
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[];
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: readonly number[]) => unknown;
}

export interface InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>): Promise<Record<string, OutputTensor>>;
  release(): Promise<void>;
}

export interface OutputTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** Loads the runtime from where `ensureRuntime` put it. Blocks for some ten milliseconds. */
export function loadRuntime(directory: string): Runtime {
  const require = createRequire(path.join(directory, "package.json"));
  const loaded: unknown = require("onnxruntime-node");
  if (!isRuntime(loaded)) throw new Error(`${directory} holds no usable inference runtime`);
  return loaded;
}

function isRuntime(loaded: unknown): loaded is Runtime {
  return typeof loaded === "object" && loaded !== null && "InferenceSession" in loaded && "Tensor" in loaded;
}

async function packageDirectory(root: string, name: string): Promise<string> {
  const directory = path.join(root, "node_modules", name);
  makeDirectory(directory);
  return directory;
}

/** Whether this is a Linux without glibc, which the published binaries need. */
function isMusl(): boolean {
  if (process.platform !== "linux") return false;
  const report: unknown = process.report.getReport();
  const header = typeof report === "object" && report !== null && "header" in report ? report.header : null;
  return !(typeof header === "object" && header !== null && "glibcVersionRuntime" in header);
}
