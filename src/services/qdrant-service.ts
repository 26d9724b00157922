import path from "node:path";
import { isLoopback } from "../http-guard.ts";
import { ask } from "./ask.ts";
import { findOnPath } from "./find-on-path.ts";
import type { Launch, Readiness, ServiceSpec } from "./service.ts";

export interface QdrantServiceOptions {
  /** CODELAB_HOME. */
  readonly home: string;
  /** QDRANT_URL; default: port 6333 of this machine. */
  readonly url?: string | undefined;
  readonly apiKey?: string | undefined;
  /** The server's program, where it is not found by its name. */
  readonly binary?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** The release that the tests run against; its data is read by later ones. */
const QDRANT_IMAGE = "qdrant/qdrant:v1.16.3";
const DEFAULT_URL = "http://127.0.0.1:6333";
const NOWHERE =
  "there is neither a `qdrant` program nor Docker on this machine. Install one of them, name the program with " +
  "QDRANT_BINARY, or set QDRANT_URL to a server that runs elsewhere";

/** A Qdrant server: by a program on this machine, else by Docker; one at another address is only asked how it is. */
export function qdrantService(options: QdrantServiceOptions): ServiceSpec {
  // Of several nodes of a cluster, one tells for all; none of them is ours to start.
  const [first = DEFAULT_URL, ...others] = (options.url ?? DEFAULT_URL).split(",").map((each) => each.trim());
  const url = first.replace(/\/+$/, "");
  return {
    name: "qdrant",
    key: "qdrant",
    url,
    setting: "QDRANT_URL",
    launch:
      others.length > 0
        ? "QDRANT_URL names a cluster; start its nodes where they run"
        : launchOf(options, new URL(url)),
    probe: async () => await probe(url, options.apiKey),
  };
}

function launchOf({ home, apiKey, binary, env }: QdrantServiceOptions, url: URL): Launch | string {
  if (!isLoopback(url.hostname.replace(/^\[|\]$/g, ""))) return `${url.origin} is not this machine; start it there`;
  const port = Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
  const key: Record<string, string> = apiKey === undefined ? {} : { QDRANT__SERVICE__API_KEY: apiKey };
  const data = path.join(home, "services", "qdrant");
  const program = binary ?? findOnPath("qdrant", env);
  if (program !== null) {
    const storage = {
      QDRANT__STORAGE__STORAGE_PATH: path.join(data, "storage"),
      QDRANT__STORAGE__SNAPSHOTS_PATH: path.join(data, "snapshots"),
    };
    const service = {
      QDRANT__SERVICE__HOST: "127.0.0.1",
      QDRANT__SERVICE__HTTP_PORT: String(port),
      QDRANT__SERVICE__GRPC_PORT: String(port + 1),
      QDRANT__TELEMETRY_DISABLED: "true",
    };
    return { program, args: [], env: { ...storage, ...service, ...key } };
  }
  const docker = findOnPath("docker", env);
  if (docker === null) return NOWHERE;
  const name = `codelab-qdrant-${port}`;
  // Snapshots go beside the data, since what is elsewhere in the container goes with it; a key's value goes by the
  // environment, where the list of processes does not show it.
  const variables = [
    "QDRANT__TELEMETRY_DISABLED=true",
    "QDRANT__STORAGE__SNAPSHOTS_PATH=/qdrant/storage/snapshots",
    ...Object.keys(key),
  ];
  const run = ["run", "--rm", "--init", "--name", name, "--publish", `127.0.0.1:${port}:6333`];
  return {
    program: docker,
    args: [
      ...run,
      "--volume",
      "codelab-qdrant:/qdrant/storage",
      ...variables.flatMap((each) => ["--env", each]),
      QDRANT_IMAGE,
    ],
    env: key,
    cleanUp: { program: docker, args: ["rm", "--force", name] },
  };
}

async function probe(url: string, apiKey: string | undefined): Promise<Readiness> {
  const headers: Record<string, string> = apiKey === undefined ? {} : { "api-key": apiKey };
  const root = await ask(url, headers);
  if (root === null) return { state: "down", detail: `nothing answers at ${url}` };
  const { title, version } = root.body;
  if (typeof title !== "string" || !title.toLowerCase().includes("qdrant")) {
    return { state: "foreign", detail: `what answers at ${url} is no Qdrant server` };
  }
  const ready = await ask(`${url}/readyz`, headers);
  if (ready?.status !== 200) return { state: "loading", detail: "it is loading its collections" };
  const detail = `Qdrant ${String(version)}`;
  const listed = await ask(`${url}/collections`, headers);
  if (listed?.status === 200) return { state: "ready", detail };
  return { state: "foreign", detail: `${detail} at ${url} refuses QDRANT_API_KEY` };
}
