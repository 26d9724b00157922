import { choiceHint } from "../edit-distance.ts";
import path from "node:path";
import type { IndexMigration } from "../app/store.ts";
import { UserError } from "../errors.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { createProgressBar } from "./progress.ts";
import { plan } from "./store-plan.ts";
import { formatBytes, formatCount } from "./units.ts";

export const storeCommand = defineCommand({
  name: "store",
  summary: "Show, plan, move, back up or restore where the index is kept",
  details:
    "With QDRANT_URL set, a Qdrant server searches the index; a local file keeps all of it, so that a server can be away,\n" +
    "lost or changed without embedding again. `migrate` brings the server everything at once (index and watch do so bit by\n" +
    "bit), `migrate --to embedded` brings a machine what its file lacks; both may be stopped at any moment, go on where\n" +
    "they stopped, and compare every chunk and vector at the end.",
  positionals: [
    { name: "ACTION", description: "status (default), plan, migrate, backup or restore." },
    { name: "DIR", description: "Directory of the backup." },
  ],
  options: {
    to: { type: "string", value: "STORE", description: "migrate: qdrant (default) or embedded." },
    in: { type: "string", value: "WHAT", description: "Only code, or only conversations." },
    vectors: { type: "string", value: "N", description: "plan: how many vectors (default 1,000,000)." },
    dimensions: { type: "string", value: "N", description: "plan: of how many dimensions (default 384)." },
    index: { type: "string", value: "ID", description: "migrate --to embedded: another index, as status lists them." },
  },
  examples: [
    { line: "store status", does: "where the index is, and how far the server is" },
    {
      line: "store plan --vectors 10000000 --dimensions 768",
      does: "memory, disk, nodes and time for an index of that size",
    },
    { line: "store migrate", does: "bring the server at QDRANT_URL everything, and prove it" },
    { line: "store migrate --to embedded", does: "bring it back, or to another machine" },
    { line: "store backup ~/backups/monday", does: "copy the index, and snapshots of its collections" },
    { line: "store restore ~/backups/monday", does: "put a backup in the place of the index" },
  ],
  run: async (input) => {
    const [action = "status", directory] = input.positionals;
    switch (action) {
      case "status":
        return status(input);
      case "plan":
        return plan(input);
      case "migrate":
        return migrate(input);
      case "backup":
        return backUp(input, required(directory));
      case "restore":
        return bringBack(input, required(directory));
      default:
        throw new UserError("request.bad-arguments", `store: unknown action "${action}"`, {
          hint: choiceHint(action, ["status", "plan", "migrate", "backup", "restore"]),
        });
    }
  },
});

async function status(input: CommandInput): Promise<void> {
  const { printer } = input;
  const { storeStatus } = await import("../app/store.ts");
  const reports = await storeStatus(await input.config(), kindOf(input));
  if (input.json) return printer.json(reports);
  for (const { kind, file, chunks, bytes, server } of reports) {
    printer.out(`${printer.style("bold", kind)}: ${formatCount(chunks, "chunk")}, ${formatBytes(bytes)} in ${file}\n`);
    if (server === null) {
      printer.out("  searched in this file; set QDRANT_URL to search it on a Qdrant server\n");
    } else if ("trouble" in server) {
      printer.out(`  ${printer.style("yellow", "searched locally:")} ${server.trouble}\n`);
    } else {
      const { url, version, nodes, collection, points, shards, replicas, state, isComplete, waiting } = server;
      printer.out(`  Qdrant ${version} at ${url}, ${formatCount(nodes, "node")}\n`);
      const layout = `${formatCount(shards ?? 0, "shard")}, ${replicas ?? 0} of each`;
      printer.out(
        `  collection ${collection}: ${state ?? "not created yet"}, ${formatCount(points, "point")}, ${layout}\n`,
      );
      const how = isComplete ? "has all of it" : `${formatCount(waiting, "chunk")} wait; searched locally until then`;
      printer.out(`  this index is ${server.index ?? "not known there"}: ${how}\n`);
      for (const { tenant, root, host } of server.indexes) {
        if (tenant !== server.index) printer.out(`  also there: ${tenant}, ${root ?? "?"} on ${host ?? "?"}\n`);
      }
    }
  }
}

async function migrate(input: CommandInput): Promise<number> {
  const { printer, options, signal } = input;
  const to = options["to"] ?? "qdrant";
  if (to !== "qdrant" && to !== "embedded") {
    throw new UserError("request.bad-arguments", `--to: "${String(to)}" is refused`, {
      hint: choiceHint(String(to), ["qdrant", "embedded"]),
    });
  }
  const { migrateStore } = await import("../app/store.ts");
  const bar = createProgressBar(printer);
  const asked = typeof options["index"] === "string" ? options["index"] : undefined;
  const reports = await migrateStore(await input.config(), {
    to,
    kind: kindOf(input),
    asked,
    signal,
    onProgress: (kind, stage, done, total) => bar.update(`${LABELS[stage]} (${kind})`, done, total),
  }).finally(() => bar.clear());
  const isEqual = reports.every((report) => report.isEqual);
  if (input.json) printer.json({ to, isEqual, indexes: reports });
  else for (const report of reports) printer.out(describe(report, to));
  if (isEqual) return 0;
  printer.err("hint: Run it again; what changed meanwhile is brought then.\n");
  return 1;
}

const LABELS = { sending: "Sending", sources: "Fetching files", vectors: "Fetching vectors", comparing: "Comparing" };

function describe(
  { kind, moved, chunks, vectors, sources, isEqual, digest, faults }: IndexMigration,
  to: "qdrant" | "embedded",
): string {
  const what = to === "qdrant" ? formatCount(moved, "chunk") : formatCount(moved, "file");
  const held = `${formatCount(chunks, "chunk")}, ${formatCount(vectors, "vector")} and ${formatCount(sources, "file")}`;
  const proof = isEqual
    ? `both sides hold the same ${held} (sha256 ${digest.local.slice(0, 16)}…)`
    : `the sides differ: ${faults.missing} missing there, ${faults.surplus} surplus, ${faults.differing} different`;
  return `${kind}: ${what} moved; ${proof}.\n`;
}

async function backUp(input: CommandInput, directory: string): Promise<void> {
  const { backup } = await import("../app/store.ts");
  const report = await backup(await input.config(), directory, kindOf(input));
  if (input.json) return input.printer.json(report);
  for (const { kind, file, snapshots } of report.indexes) {
    const more = snapshots.length === 0 ? "" : `, and ${formatCount(snapshots.length, "snapshot")} of its collection`;
    input.printer.out(`${kind}: ${path.join(report.directory, file)}${more}\n`);
  }
}

async function bringBack(input: CommandInput, directory: string): Promise<number> {
  const { restore } = await import("../app/store.ts");
  const report = await restore(await input.config(), directory, input.signal);
  const isEqual = report.indexes.every((each) => each.isEqual !== false);
  if (input.json) input.printer.json(report);
  else {
    for (const { kind, chunks, server } of report.indexes) {
      const how = { snapshot: ", the server from its snapshot", sent: ", the server from it" };
      const there = server === null ? "" : how[server];
      input.printer.out(`${kind}: ${formatCount(chunks, "chunk")} are back${there}.\n`);
    }
  }
  return isEqual ? 0 : 1;
}

function kindOf({ options }: CommandInput): "code" | "conversations" | undefined {
  const kind = options["in"];
  if (kind === undefined || kind === "code" || kind === "conversations") return kind;
  throw new UserError("request.bad-arguments", `--in: "${String(kind)}" is refused`, {
    hint: choiceHint(String(kind), ["code", "conversations"]),
  });
}

function required(directory: string | undefined): string {
  if (directory !== undefined) return path.resolve(directory);
  throw new UserError("request.bad-arguments", "Name the directory of the backup.");
}
