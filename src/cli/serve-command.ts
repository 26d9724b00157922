import { defineCommand } from "./command.ts";
import { portOf } from "./port.ts";

export const serveCommand = defineCommand({
  name: "serve",
  summary: "Serve the tools to a coding agent over MCP",
  details:
    "Speaks the Model Context Protocol over stdin and stdout. Agents start it themselves: register it once, with\n" +
    "`claude mcp add codelab -- npx -y codelab-mcp serve` in Claude Code, or as a server with the command `npx` and the\n" +
    'arguments `["-y", "codelab-mcp", "serve"]` in the configuration of another client. With --http it listens instead:\n' +
    "MCP at /mcp, a site with approvals and search at /, and /healthz, /readyz and /metrics.",
  options: {
    http: { type: "boolean", description: "Serve streamable HTTP instead of stdio." },
    host: {
      type: "string",
      value: "HOST",
      description: "Address to listen on (default 127.0.0.1); others need a token.",
    },
    port: { type: "string", value: "PORT", description: "Port to listen on (default 4001)." },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
  },
  examples: [
    { line: "serve", does: "serve the project in the current directory" },
    { line: "serve --workspace ~/src/app", does: "serve another project" },
    { line: "serve --http --port 4001", does: "serve clients that speak HTTP, and the approval page" },
  ],
  run: async ({ config, options, printer, json, signal }) => {
    const resolved = await config();
    if (options["http"] !== true) {
      const { serveApp } = await import("../app/serve.ts");
      await serveApp(resolved, signal);
      return 0;
    }
    const { serveHttp } = await import("../app/http.ts");
    const host = typeof options["host"] === "string" ? options["host"] : "127.0.0.1";
    const address = { host, port: portOf("serve", options["port"], 4_001) };
    await serveHttp(resolved, address, signal, (origin) => {
      if (json) return printer.json({ mcp: `${origin}/mcp`, page: origin });
      return printer.err(`MCP at ${origin}/mcp, approvals at ${origin}/; Ctrl-C stops.\n`);
    });
    return 0;
  },
});
