import path from "node:path";
import { connect } from "./mcp.mjs";
import { runToEnd } from "./process.mjs";

export const packages = [];

export async function open({ project, home, embedderUrl }) {
  const cli = path.resolve(import.meta.dirname, "../../dist/cli.js");
  const env = {
    ...process.env,
    CODELAB_HOME: home,
    EMBEDDING_PROVIDER: "openai-compatible",
    EMBEDDING_BASE_URL: embedderUrl,
    EMBEDDING_MODEL: "zero",
    EMBEDDING_DIMENSIONS: "384",
  };
  let peak = 0;
  const run = async (...args) => {
    const result = await runToEnd(process.execPath, [cli, ...args], { env });
    peak = Math.max(peak, result.peakMb);
    return JSON.parse(result.stdout);
  };
  let server;
  return {
    index: async () => {
      const { chunks, searchableMs } = await run("index", project, "--no-conversations", "--json");
      return { chunks, searchableMs };
    },
    check: () => run("index", project, "--no-conversations", "--json"),
    search: async (query) => {
      server ??= await connect(process.execPath, [cli, "serve", "--workspace", project], { env });
      return await server.call("search_code", { query, limit: 10 });
    },
    peakMb: () => Math.max(peak, server?.peakMb() ?? 0),
    close: async () => await server?.close(),
  };
}
