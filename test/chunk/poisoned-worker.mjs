// Stands in for the worker: ends at a poisoned file, refuses some, and says of the others that it had them.
import { parentPort } from "node:worker_threads";

parentPort.on("message", ({ sources }) => {
  if (sources.some(({ text }) => text.startsWith("POISON"))) process.exit(1);
  const chunk = {
    startLine: 1,
    endLine: 1,
    text: "",
    language: "typescript",
    kind: "block",
    symbol: "from the worker",
    defines: [],
  };
  parentPort.postMessage({ files: sources.map(({ text }) => (text.startsWith("REFUSE") ? null : [chunk])) });
});
