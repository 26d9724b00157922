import { accessSync, constants, rmSync, statfsSync } from "node:fs";
import path from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { messageOf, UserError } from "../errors.ts";
import type { Config } from "../settings.ts";

export interface Finding {
  readonly verdict: "fine" | "warning" | "broken";
  readonly subject: string;
  readonly says: string;
  /** What to do about it. */
  readonly mend?: string;
}

/** Less free space than this, and an index of a large project may not fit. */
const LITTLE_SPACE = 1_000_000_000;

/** Examines this machine: each check stands alone, and one that fails does not keep the others from being made. */
export async function examine(config: Config, signal: AbortSignal): Promise<Finding[]> {
  const checks: readonly (readonly [subject: string, check: () => Finding | Promise<Finding>])[] = [
    ["node", () => fine("node", `${process.version} on ${process.platform} ${process.arch}`)],
    ["home", () => checkHome(config)],
    ["sqlite", async () => await checkSqlite(config)],
    ["workspace", async () => await checkWorkspace(config)],
    ["ripgrep", checkRipgrep],
    ["grammars", checkGrammars],
    ["sandbox", checkSandbox],
    ["embeddings", async () => await checkEmbeddings(config, signal)],
    ...(config.qdrantUrl === undefined ? [] : [["qdrant", async () => await checkQdrant(config)] as const]),
  ];
  const findings: Finding[] = [];
  for (const [subject, check] of checks) {
    signal.throwIfAborted();
    try {
      findings.push(await check());
    } catch (error) {
      const mend = error instanceof UserError ? error.hint : undefined;
      findings.push({ verdict: "broken", subject, says: messageOf(error), ...(mend === undefined ? {} : { mend }) });
    }
  }
  return findings;
}

function fine(subject: string, says: string): Finding {
  return { verdict: "fine", subject, says };
}

function checkHome({ home }: Config): Finding {
  try {
    makeDirectory(home, 0o700);
    accessSync(home, constants.W_OK);
  } catch (error) {
    const says = `${home} cannot be written: ${messageOf(error)}`;
    return {
      verdict: "broken",
      subject: "home",
      says,
      mend: "Make it writable, or set CODELAB_HOME to a place that is.",
    };
  }
  const { bavail, bsize } = statfsSync(home);
  if (bavail * bsize >= LITTLE_SPACE) return fine("home", home);
  const says = `${home} has ${Math.round((bavail * bsize) / 1e6)} MB left`;
  return { verdict: "warning", subject: "home", says, mend: "Free some space, or set CODELAB_HOME to another disk." };
}

async function checkSqlite({ home }: Config): Promise<Finding> {
  const { openDatabase } = await import("../sqlite.ts");
  const file = path.join(home, `doctor-${process.pid}.db`);
  try {
    using database = await openDatabase(file, { migrations: [] });
    const row = database.get<{ version: string }>("SELECT sqlite_version() AS version");
    return fine("sqlite", `SQLite ${row?.version ?? "of unknown version"}`);
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  }
}

async function checkWorkspace(config: Config): Promise<Finding> {
  const { openApp } = await import("../app.ts");
  await using app = await openApp(config);
  if (await app.isIndexed()) return fine("workspace", `${app.workspace.root} is indexed`);
  const says = `${app.workspace.root} is not indexed yet`;
  return { verdict: "warning", subject: "workspace", says, mend: "Run `codelab-mcp index`." };
}

async function checkRipgrep(): Promise<Finding> {
  const { openWorkspace } = await import("../workspace/workspace.ts");
  const { searchFiles } = await import("../workspace/search-files.ts");
  await searchFiles(openWorkspace(path.dirname(import.meta.filename)), { pattern: "doctor", limit: 1 });
  return fine("ripgrep", "runs");
}

async function checkGrammars(): Promise<Finding> {
  const { createChunker } = await import("../chunk/chunk-pool.ts");
  await using chunker = createChunker();
  const text = "export function probe() {\n  return 1;\n}\n";
  const [chunk] = await chunker.chunk({ path: "probe.ts", text });
  if (chunk?.symbol === "probe") return fine("grammars", "tree-sitter runs");
  const says = "tree-sitter does not run here: code is cut by lines instead of definitions";
  return { verdict: "warning", subject: "grammars", says, mend: "Install codelab-mcp again." };
}

async function checkSandbox(): Promise<Finding> {
  const { hasBubblewrap } = await import("../workspace/sandbox.ts");
  if (await hasBubblewrap()) return fine("sandbox", "bubblewrap can confine commands");
  const says = "no sandbox: approved commands run with your rights";
  return process.platform === "linux"
    ? { verdict: "warning", subject: "sandbox", says, mend: "Install bubblewrap, where your system allows it." }
    : { verdict: "warning", subject: "sandbox", says };
}

async function checkEmbeddings(config: Config, signal: AbortSignal): Promise<Finding> {
  const { createEmbedding } = await import("./embedding.ts");
  const { createLogger } = await import("../log.ts");
  const { modelNamed } = await import("../embed/catalogue.ts");
  await using embedding = createEmbedding(config, createLogger("silent"));
  const embedder = await embedding.find();
  if (embedder === null) {
    // A model that nobody knows cannot be pulled either: what it throws says which there are.
    if (config.embeddingProvider === "local" && config.embeddingModel !== undefined) modelNamed(config.embeddingModel);
    const mend = config.embeddingProvider === "local" ? "Run `codelab-mcp models pull`." : undefined;
    return {
      verdict: "warning",
      subject: "embeddings",
      says: embedding.label(),
      ...(mend === undefined ? {} : { mend }),
    };
  }
  await embedder.embed(["probe"], { role: "query", signal });
  return fine("embeddings", `${embedder.label}, ${embedder.dimensions} dimensions`);
}

/** Whether each node is a server, is new enough, and takes the key, also for writing. */
async function checkQdrant({ qdrantUrl = "", qdrantApiKey, qdrantTimeout }: Config): Promise<Finding> {
  const { QdrantConnection, addressesOf, mayWrite } = await import("../store/qdrant/qdrant-client.ts");
  const { serverVersion } = await import("../store/qdrant/qdrant-version.ts");
  const found: string[] = [];
  for (const url of addressesOf(qdrantUrl)) {
    const node = new QdrantConnection({ url, apiKey: qdrantApiKey, timeoutMs: 1000 * qdrantTimeout });
    found.push(`Qdrant ${(await serverVersion(node)) ?? "of unknown version"} at ${url}`);
    await node.send((client) => client.getCollections(), { tries: 1 });
  }
  const says = found.join(", ");
  const connection = new QdrantConnection({ url: qdrantUrl, apiKey: qdrantApiKey, timeoutMs: 1000 * qdrantTimeout });
  if (await mayWrite(connection)) return fine("qdrant", says);
  return {
    verdict: "warning",
    subject: "qdrant",
    says: `${says}, whose key may not write: what is there can be searched, nothing can be indexed`,
    mend: "Set QDRANT_API_KEY to a key that may create collections.",
  };
}
