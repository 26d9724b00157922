// The runtime alone in a tight loop: node bare.mjs HOME MODEL SPEC|"" THREADS < TEXTS.json. Prints JSON; times are per text.
import { readFileSync } from "node:fs";
import { modelNamed } from "../../dist/embed/catalogue.js";
import { openInference } from "../../dist/embed/onnx/inference.js";
import { POOLED_OUTPUT } from "../../dist/embed/onnx/pool-graph.js";
import { loadRuntime, runtimeDirectory } from "../../dist/embed/onnx/runtime.js";
import { createTextEncoder, windowsOf } from "../../dist/embed/onnx/text-encoder.js";
import { findLocalModel } from "../../dist/embed/pull-model.js";

const [home, name, specFile, threads] = process.argv.slice(2);
const spec = specFile === "" ? modelNamed(name) : JSON.parse(readFileSync(specFile, "utf8"));
const model = findLocalModel(spec, home);
const encoder = createTextEncoder(JSON.parse(readFileSync(model.tokenizer, "utf8")));
const texts = JSON.parse(readFileSync(0, "utf8"));
const room = spec.windowTokens - encoder.before.length - encoder.after.length;
const cpu = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b, 0) / 1_000;
const encode = () =>
  texts.map((text) =>
    windowsOf(encoder.encode(text), room).map((window) => [...encoder.before, ...window, ...encoder.after]),
  );
encode();
const beforeEncoding = cpu();
const ids = encode();
const encodeMs = (cpu() - beforeEncoding) / ids.length;
const options = { threads: Number(threads), device: "cpu" };
const inference = await openInference(loadRuntime(runtimeDirectory(home)), model.graph, POOLED_OUTPUT, options);
for (const [window] of ids.slice(0, 5)) await inference.run(window);
const [before, started] = [cpu(), performance.now()];
for (const windows of ids) for (const window of windows) await inference.run(window);
const result = { cpuMs: (cpu() - before) / ids.length, wallMs: (performance.now() - started) / ids.length, encodeMs };
console.log(JSON.stringify({ ...result, tokens: ids.flat(2).length / ids.length }));
