// The embedding service beside what one would take instead, under Roo's load:
//   npm run build && node bench/embeddings.mjs HOME MODEL [--spec FILE] [--chunks 600] [--even] [--rounds 1] [--json]
//     [--peer transformers|fastembed --peer-modules DIR --peer-models DIR --peer-model NAME --peer-dtype q8]
// Peers are installed by whoever runs this, in DIR (npm i @huggingface/transformers, fastembed). Run
// `codelab-mcp models pull MODEL` with CODELAB_HOME=HOME before. Rounds alternate: ours, peer, ours, peer.
// Chunks are cut as Roo cuts them, of very mixed lengths; --even takes chunks that are all about 1,000 characters long, on
// which a server that pads each batch to its longest text loses least. Takes about a minute a round of each with gte-small on
// two cores.
import os from "node:os";
import { fileURLToPath } from "node:url";
import { chunksOf, rooLoad } from "./embeddings/load.mjs";
import { rooChunks } from "./embeddings/roo-chunks.mjs";
import { withOurs, withPeer } from "./embeddings/servers.mjs";
import { readFlags } from "./shared/flags.mjs";
import { round } from "./shared/numbers.mjs";

const { flags, positionals } = readFlags({
  chunks: 600,
  rounds: 1,
  spec: undefined,
  even: false,
  json: false,
  peer: undefined,
  "peer-modules": undefined,
  "peer-models": undefined,
  "peer-model": undefined,
  "peer-dtype": "q8",
});
const [home, model] = positionals;
const source = fileURLToPath(new URL("../src", import.meta.url));
const chunks = await (flags.even ? chunksOf : rooChunks)(source, flags.chunks);
const characters = chunks.reduce((sum, { length }) => sum + length, 0) / chunks.length;
const results = { ours: [], peer: [] };
const load = (server) => rooLoad(server, model, chunks);
const peerArgs = [flags["peer-modules"], flags["peer-models"], flags["peer-model"], flags["peer-dtype"]];

for (let run = 0; run < flags.rounds; run += 1) {
  results.ours.push(await withOurs({ home, model, spec: flags.spec }, load));
  if (flags.peer !== undefined) {
    results.peer.push(
      await withPeer(
        `${flags.peer}-server.mjs`,
        peerArgs.map((arg) => arg ?? ""),
        load,
      ),
    );
  }
}
if (flags.json) console.log(JSON.stringify(results, null, 2));
else print();

function print() {
  const mean = (rows, name) => rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
  console.log(
    `${model}, ${chunks.length} chunks of ${Math.round(characters)} characters, load ${os.loadavg()[0].toFixed(1)}`,
  );
  for (const [name, rows] of Object.entries(results)) {
    for (const { healthMs, queryMs, ...row } of rows) {
      console.log(
        `${name}: ${round(row.chunksPerSecond, 1)} chunks/s, ${round(row.cpuMsPerChunk, 1)} CPU-ms each, ${row.failures} failures; ` +
          `/health p99 ${healthMs.p99} max ${healthMs.max} ms; query p50 ${queryMs.p50} p95 ${queryMs.p95} ms; ` +
          `peak RSS ${round(row.peakRssMb, 1)} MB, PSS ${round(row.pssMb, 1)} MB`,
      );
    }
  }
  if (results.peer.length === 0) return;
  const ratio = (name) => mean(results.ours, name) / mean(results.peer, name);
  console.log(
    `ours to ${flags.peer}: ${ratio("chunksPerSecond").toFixed(2)} times the chunks a second, ` +
      `${ratio("cpuMsPerChunk").toFixed(2)} of the processor time, ${ratio("peakRssMb").toFixed(2)} of the memory`,
  );
}
