#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: codelab-mcp needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(1);
}

const { keepHeapSmall, keepHeapSmallest } = await import("./heap.ts");
// First, since what the other modules leave behind makes the heap grow.
keepHeapSmall();
// A server that computes in another process, and keeps nothing.
if (process.argv[2] === "embeddings") keepHeapSmallest();

const { main, EXIT } = await import("./cli/main.ts");
const { createPrinter } = await import("./cli/printer.ts");
const { productVersion } = await import("./version.ts");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // The first asks politely and lets the batch under way be committed; the second is final.
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
  });
}

process.exitCode = await main({
  args: process.argv.slice(2),
  printer: createPrinter(),
  signal: stop.signal,
  env: process.env,
  cwd: currentDirectory(),
  stdinIsTerminal: process.stdin.isTTY === true,
  version: productVersion,
});

/** Null where it is gone: a shell may still be in a directory that was removed. */
function currentDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}
