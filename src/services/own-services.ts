import { sha256 } from "../sha256.ts";
import { ask } from "./ask.ts";
import type { Readiness, ServiceSpec } from "./service.ts";

export interface OwnServiceOptions {
  /** CODELAB_HOME. */
  readonly home: string;
  /** The program's own entry, `cli.js`. */
  readonly cli: string;
}

export interface EmbeddingsServiceOptions extends OwnServiceOptions {
  readonly port: number;
  readonly prepare: NonNullable<ServiceSpec["prepare"]>;
}

export interface WatcherServiceOptions extends OwnServiceOptions {
  readonly workspace: string;
}

/** What `watch` says on stderr once it watches. */
const WATCHING = "Watching ";

/** `codelab-mcp embeddings` in the background. */
export function embeddingsService({ home, cli, port, prepare }: EmbeddingsServiceOptions): ServiceSpec {
  const origin = `http://127.0.0.1:${port}`;
  const args = [cli, "embeddings", "--host", "127.0.0.1", "--port", String(port)];
  return {
    name: "embeddings",
    key: "embeddings",
    url: `${origin}/v1`,
    setting: "EMBEDDINGS_PORT",
    launch: { program: process.execPath, args, env: { CODELAB_HOME: home } },
    prepare,
    probe: async () => await probeEmbeddings(origin),
  };
}

/** `codelab-mcp watch` in the background, one for each workspace. */
export function watcherService({ home, cli, workspace }: WatcherServiceOptions): ServiceSpec {
  const digest = sha256(workspace).slice(0, 12);
  const args = [cli, "watch", "--workspace", workspace];
  return {
    name: "watcher",
    key: `watcher-${digest}`,
    url: null,
    setting: null,
    launch: { program: process.execPath, args, env: { CODELAB_HOME: home } },
    probe: async (log) => await Promise.resolve(probeWatcher(log, workspace)),
  };
}

async function probeEmbeddings(origin: string): Promise<Readiness> {
  const answer = await ask(`${origin}/readyz`);
  if (answer === null) return { state: "down", detail: `nothing answers at ${origin}` };
  const { status, model, hint } = answer.body;
  if (status === "ready") return { state: "ready", detail: String(model) };
  if (typeof model === "string") return { state: "loading", detail: `${model}: ${String(hint)}` };
  return { state: "foreign", detail: `what answers at ${origin} is no embedding service of ours` };
}

/** The watcher serves nobody: only its own words tell. */
function probeWatcher(log: string, workspace: string): Readiness {
  if (log === "") return { state: "down", detail: `nothing watches ${workspace}` };
  if (log.includes(WATCHING)) return { state: "ready", detail: workspace };
  return { state: "loading", detail: `${workspace}: opening the index` };
}
