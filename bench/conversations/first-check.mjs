// One look at conversation logs by a process that has just started, in milliseconds of the clock and of the processor:
//
//   node bench/conversations/first-check.mjs check LOGS INDEX.db     the program's check of unchanged logs
//   node bench/conversations/first-check.mjs stats LOGS              a bare sweep of stats
import { cpuMsSince } from "../shared/numbers.mjs";
import { statAll } from "../shared/stat-all.mjs";

const [mode, logs, file] = process.argv.slice(2);
const look = mode === "stats" ? () => statAll(logs) : await openCheck();
const before = process.cpuUsage();
const started = performance.now();
const files = await look();
const ms = performance.now() - started;
console.log(JSON.stringify({ files, ms, cpuMs: cpuMsSince(before) }));
process.exit();

async function openCheck() {
  const { DEFAULT_LIMIT } = await import("../../dist/chunk/limits.js");
  const { createTranscriptImporter } = await import("../../dist/indexer/import-transcripts.js");
  const { createLogger } = await import("../../dist/log.js");
  const { openEmbeddedStore } = await import("../../dist/store/embedded-store.js");
  const logger = createLogger("warn");
  const measure = (text) => Math.ceil(DEFAULT_LIMIT.measure(text) / 1.5);
  const cut = { chunkSize: 10, maxTokens: DEFAULT_LIMIT.maxTokens, measure };
  const store = await openEmbeddedStore(file, { log: logger });
  await store.acquireLease();
  const importer = createTranscriptImporter({ roots: [logs], store, cut, logger });
  return async () => {
    const summary = await importer.sweep({ check: "quick" });
    if (summary.imported > 0) throw new Error(`${summary.imported} logs were not unchanged`);
    return summary.files;
  };
}
