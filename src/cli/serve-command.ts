import { defineCommand } from "./command.ts";

export const serveCommand = defineCommand({
  name: "serve",
  summary: "Serve the tools to a coding agent over MCP",
  details:
    "Speaks the Model Context Protocol over stdin and stdout. Agents start it themselves: register it once, with\n" +
    "`claude mcp add codelab -- npx -y codelab-mcp serve` in Claude Code, or as a server with the command `npx` and the\n" +
    'arguments `["-y", "codelab-mcp", "serve"]` in the configuration of another client.',
  options: {
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
  },
  examples: [
    { line: "serve", does: "serve the project in the current directory" },
    { line: "serve --workspace ~/src/app", does: "serve another project" },
  ],
  run: async ({ config, signal }) => {
    const resolved = await config();
    const { serveApp } = await import("../app-serve.ts");
    await serveApp(resolved, signal);
    return 0;
  },
});
