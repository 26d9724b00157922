import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { peakRssMb } from "./process.mjs";

/** Connects to an MCP server over stdio: `call` resolves to the text of a tool's answer. */
export async function connect(command, args, options = {}) {
  const transport = new StdioClientTransport({ command, args, stderr: "ignore", env: process.env, ...options });
  const client = new Client({ name: "bench", version: "1" });
  await client.connect(transport);
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, peakRssMb(transport.pid))), 50);
  return {
    call: async (name, args_) => {
      const result = await client.callTool({ name, arguments: args_ }, { timeout: 600_000 });
      const text = result.content.map((block) => block.text ?? "").join("\n");
      if (result.isError) throw new Error(text);
      return text;
    },
    peakMb: () => Math.max(peak, peakRssMb(transport.pid)),
    close: async () => {
      clearInterval(sampler);
      await client.close();
    },
  };
}
