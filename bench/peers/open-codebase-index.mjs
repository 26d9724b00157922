import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { connect } from "./mcp.mjs";

export const packages = ["opencode-codebase-index@0.8.1", "@modelcontextprotocol/sdk", "zod"];

export async function open({ project, modules, embedderUrl }) {
  mkdirSync(path.join(project, ".opencode"), { recursive: true });
  const config = path.join(project, ".opencode", "codebase-index.json");
  const customProvider = { baseUrl: embedderUrl, model: "zero", dimensions: 384, apiKey: "none" };
  writeFileSync(config, JSON.stringify({ embeddingProvider: "custom", customProvider, scope: "project" }));
  const script = path.join(modules, "node_modules/opencode-codebase-index/dist/cli.js");
  const { call, peakMb, close } = await connect(process.execPath, [script, "--project", project, "--config", config]);
  return {
    index: async () => ({ chunks: await call("index_codebase", { force: true }) }),
    check: () => call("index_codebase", {}),
    search: (query) => call("codebase_search", { query, limit: 10 }),
    peakMb,
    close,
  };
}
