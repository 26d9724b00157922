// The runtime alone in a tight loop, as a forked process: node bare.mjs HOME MODEL SPEC|"" THREADS. Is sent the texts of one
// run after another, and answers each with what it took: milliseconds of processor and clock in all, tokens, and encoding.
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
const room = spec.windowTokens - encoder.before.length - encoder.after.length;
const cpu = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b, 0) / 1_000;
const encode = (text) =>
  windowsOf(encoder.encode(text), room).map((window) => [...encoder.before, ...window, ...encoder.after]);
const options = { threads: Number(threads), device: "cpu" };
const inference = await openInference(loadRuntime(runtimeDirectory(home)), model.graph, POOLED_OUTPUT, options);

process.on("message", async (texts) => {
  const beforeEncoding = cpu();
  const ids = texts.flatMap(encode);
  const encodeMs = cpu() - beforeEncoding;
  for (const window of ids.slice(0, 5)) await inference.run([window]);
  const [before, started] = [cpu(), performance.now()];
  for (const window of ids) await inference.run([window]);
  process.send({ cpuMs: cpu() - before, wallMs: performance.now() - started, tokens: ids.flat().length, encodeMs });
});
process.send("ready");
