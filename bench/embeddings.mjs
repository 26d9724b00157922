// The embedding service beside what one would take instead, under Roo's load:
//   node bench/embeddings.mjs HOME MODEL [--spec FILE] [--chunks 600] [--even] [--rounds 1] [--json]
//     [--peer transformers|fastembed --peer-modules DIR --peer-models DIR --peer-model NAME --peer-dtype q8]
// Peers are installed by whoever runs this, in DIR (npm i @huggingface/transformers, fastembed). Run
// `codelab-mcp models pull MODEL` with CODELAB_HOME=HOME before. Rounds alternate: ours, peer, ours, peer.
// Chunks are cut as Roo cuts them, of very mixed lengths; --even takes chunks that are all about 1,000 characters long, on
// which a server that pads each batch to its longest text loses least.
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chunksOf, rooLoad } from "./embeddings/load.mjs";
import { rooChunks } from "./embeddings/roo-chunks.mjs";
import { withOurs, withPeer } from "./embeddings/servers.mjs";

const text = { type: "string" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    chunks: { ...text, default: "600" },
    rounds: { ...text, default: "1" },
    spec: text,
    even: { type: "boolean" },
    json: { type: "boolean" },
    peer: text,
    "peer-modules": text,
    "peer-models": text,
    "peer-model": text,
    "peer-dtype": { ...text, default: "q8" },
  },
});
const [home, model] = positionals;
const source = fileURLToPath(new URL("../src", import.meta.url));
const chunks = await (values.even ? chunksOf : rooChunks)(source, Number(values.chunks));
const characters = chunks.reduce((sum, { length }) => sum + length, 0) / chunks.length;
const results = { ours: [], peer: [] };
const load = (server) => rooLoad(server, model, chunks);
const peerArgs = [values["peer-modules"], values["peer-models"], values["peer-model"], values["peer-dtype"]];

for (let round = 0; round < Number(values.rounds); round += 1) {
  results.ours.push(await withOurs({ home, model, spec: values.spec }, load));
  if (values.peer !== undefined) {
    results.peer.push(
      await withPeer(
        `${values.peer}-server.mjs`,
        peerArgs.map((arg) => arg ?? ""),
        load,
      ),
    );
  }
}
if (values.json) console.log(JSON.stringify(results, null, 2));
else print();

function print() {
  const round = (value) => (typeof value === "number" ? Math.round(value * 10) / 10 : value);
  const mean = (rows, name) => rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
  console.log(
    `${model}, ${chunks.length} chunks of ${Math.round(characters)} characters, load ${os.loadavg()[0].toFixed(1)}`,
  );
  for (const [name, rows] of Object.entries(results)) {
    for (const { healthMs, queryMs, ...row } of rows) {
      console.log(
        `${name}: ${round(row.chunksPerSecond)} chunks/s, ${round(row.cpuMsPerChunk)} CPU-ms each, ${row.failures} failures; ` +
          `/health p99 ${healthMs.p99} max ${healthMs.max} ms; query p50 ${queryMs.p50} p95 ${queryMs.p95} ms; ` +
          `peak RSS ${round(row.peakRssMb)} MB, PSS ${round(row.pssMb)} MB`,
      );
    }
  }
  if (results.peer.length === 0) return;
  const ratio = (name) => mean(results.ours, name) / mean(results.peer, name);
  console.log(
    `ours to ${values.peer}: ${ratio("chunksPerSecond").toFixed(2)} times the chunks a second, ` +
      `${ratio("cpuMsPerChunk").toFixed(2)} of the processor time, ${ratio("peakRssMb").toFixed(2)} of the memory`,
  );
}
