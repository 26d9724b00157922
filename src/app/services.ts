import { choiceHint } from "../edit-distance.ts";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { embeddingsService, watcherService } from "../services/own-services.ts";
import { qdrantService } from "../services/qdrant-service.ts";
import { SERVICE_NAMES, type ServiceName, type ServiceSpec, type ServiceStatus } from "../services/service.ts";
import { Supervisor } from "../services/supervisor.ts";
import type { Config } from "../settings.ts";
import { openDatabase } from "../sqlite.ts";

export type { ServiceStatus } from "../services/service.ts";

export interface ServicesOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Longest wait for a service to be ready, in milliseconds; 0 does not wait. */
  readonly waitMs: number;
  /** Longest wait for a service to end by itself, in milliseconds. */
  readonly graceMs: number;
  readonly onProgress: (name: ServiceName, detail: string) => void;
}

/** The background services of one home and one workspace. */
export interface Services extends Disposable {
  status(names: readonly ServiceName[]): Promise<ServiceStatus[]>;
  /** Starts them in their order. Where `optional`, one that does not start is told as it is. */
  start(names: readonly ServiceName[], optional: boolean): Promise<ServiceStatus[]>;
  /** Stops them in the reverse order; one that runs without having been started by `services` stays. */
  stop(names: readonly ServiceName[]): Promise<ServiceStatus[]>;
}

/**
 * The services that a word of the command line means.
 * @throws UserError `request.bad-arguments` naming the known ones.
 */
export function servicesNamed(word: string): readonly ServiceName[] {
  if (word === "all") return SERVICE_NAMES;
  const known = SERVICE_NAMES.find((name) => name === word);
  if (known !== undefined) return [known];
  throw new UserError("request.bad-arguments", `services: there is no service "${word}"`, {
    hint: choiceHint(word, ["all", ...SERVICE_NAMES]),
  });
}

/** Opens the supervisor over CODELAB_HOME/services. */
export async function openServices(config: Config, options: ServicesOptions): Promise<Services> {
  const directory = path.join(config.home, "services");
  const lock = await openDatabase(path.join(directory, "lock.db"), { migrations: [] });
  const supervisor = new Supervisor(directory, lock);
  const specs = specsOf(config, options);
  const each = async (
    names: readonly ServiceName[],
    work: (spec: ServiceSpec) => Promise<ServiceStatus>,
  ): Promise<ServiceStatus[]> => {
    const statuses: ServiceStatus[] = [];
    for (const name of names) statuses.push(await work(specs[name]));
    return statuses;
  };
  const start = async (spec: ServiceSpec): Promise<ServiceStatus> => {
    const { waitMs, signal, onProgress } = options;
    return await supervisor.start(spec, { waitMs, signal, onProgress: (detail) => onProgress(spec.name, detail) });
  };
  return {
    status: async (names) => await each(names, async (spec) => await supervisor.status(spec)),
    start: async (names, optional) =>
      await each(names, async (spec) => (optional ? await attempt(supervisor, spec, start) : await start(spec))),
    stop: async (names) =>
      (await each(names.toReversed(), async (spec) => await supervisor.stop(spec, options.graceMs))).toReversed(),
    [Symbol.dispose]: () => lock.close(),
  };
}

/** One of several: that it cannot be had here or does not start keeps none of the others from starting. */
async function attempt(
  supervisor: Supervisor,
  spec: ServiceSpec,
  start: (spec: ServiceSpec) => Promise<ServiceStatus>,
): Promise<ServiceStatus> {
  const status = await supervisor.status(spec);
  if (typeof spec.launch === "string") return status.state === "stopped" ? { ...status, detail: spec.launch } : status;
  try {
    return await start(spec);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...status, state: "failed", detail: error.message };
  }
}

function specsOf(config: Config, { env }: ServicesOptions): Readonly<Record<ServiceName, ServiceSpec>> {
  const { home, qdrantUrl: url, qdrantApiKey: apiKey, qdrantBinary: binary, embeddingsPort: port } = config;
  // As `watch` will name it; a workspace that is not there is reported by `watch` itself.
  const workspace = existsSync(config.workspace) ? realpathSync(config.workspace) : config.workspace;
  const own = { home, cli: fileURLToPath(new URL("../cli.js", import.meta.url)) };
  return {
    qdrant: qdrantService({ home, url, apiKey, binary, env }),
    embeddings: embeddingsService({
      ...own,
      port,
      prepare: async (onProgress, signal) => {
        const { pullModel } = await import("./models.ts");
        await pullModel(config, undefined, { signal, onProgress: ({ activity }) => onProgress(activity) });
      },
    }),
    watcher: watcherService({ ...own, workspace }),
  };
}
