import { defineCommand } from "./command.ts";
import { portOf } from "./port.ts";
import type { Printer } from "./printer.ts";

export const serveCommand = defineCommand({
  name: "serve",
  summary: "Serve the tools to a coding agent over MCP",
  details:
    "Speaks the Model Context Protocol over stdin and stdout. Agents start it themselves: `codelab-mcp install CLIENT`\n" +
    "registers it with yours. With --http it listens instead: MCP at /mcp, a site with approvals and search at /, and\n" +
    "/healthz, /readyz and /metrics. Clients send a token, since every user and program of the machine reaches its ports:\n" +
    "CODELAB_HTTP_TOKEN, or the one in CODELAB_HOME/http-token, which is made at the first start, belongs to you alone and\n" +
    "stays the same.",
  options: {
    http: { type: "boolean", description: "Serve streamable HTTP instead of stdio." },
    host: {
      type: "string",
      value: "HOST",
      description: "Address to listen on (default 127.0.0.1); others need a token.",
    },
    port: { type: "string", value: "PORT", description: "Port to listen on (default 4001)." },
    token: {
      type: "boolean",
      description: "Want a token of clients (the default); --no-token lets in whoever reaches the port.",
    },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
  },
  examples: [
    { line: "serve", does: "serve the project in the current directory" },
    { line: "serve --workspace ~/src/app", does: "serve another project" },
    { line: "serve --http --port 4001", does: "serve clients that speak HTTP, and the approval page" },
    { line: "serve --http --no-token", does: "the same on a machine that only you and your programs use" },
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
    const address = { host, port: portOf("serve", options["port"], 4_001), open: options["token"] === false };
    await serveHttp(resolved, address, signal, ({ origin, token }) => {
      if (json) return printer.json({ mcp: `${origin}/mcp`, page: origin, tokenFile: token?.file ?? null });
      printer.err(`MCP at ${origin}/mcp, approvals at ${origin}/; Ctrl-C stops.\n`);
      const file = token?.file ?? null;
      if (token !== null && file !== null) printer.err(howToSend(token.token, file, `${origin}/mcp`, printer));
    });
    return 0;
  },
});

/** How a client is told of the token: whole on a terminal, which nobody else reads; logs are told where it is. */
function howToSend(token: string, file: string, url: string, { interactive }: Printer): string {
  if (!interactive) return `Clients send the token in ${file} as "Authorization: Bearer …".\n`;
  const entry = { type: "http", url, headers: { Authorization: `Bearer ${token}` } };
  return `Clients send the token in ${file}, as in this entry of their configuration:\n${JSON.stringify(entry)}\n`;
}
