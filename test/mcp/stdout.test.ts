import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import path from "node:path";
import { expect, test } from "vitest";

const STDIO = pathToFileURL(path.resolve(import.meta.dirname, "../../dist/mcp/stdio.js")).href;

function run(script: string) {
  const source = `import { claimStdout } from ${JSON.stringify(STDIO)};\n${script}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    maxBuffer: 10_000_000,
  });
}

test("what a dependency prints goes to stderr, the protocol to stdout", () => {
  const { stdout, stderr } = run(`
    const wire = claimStdout();
    console.log("noise of a dependency");
    process.stdout.write("more noise\\n");
    wire.write('{"jsonrpc":"2.0"}\\n');
    console.info("late noise");`);
  expect(stdout).toBe('{"jsonrpc":"2.0"}\n');
  expect(stderr).toBe("noise of a dependency\nmore noise\nlate noise\n");
});

test("a large message arrives whole, and the stream tells when", () => {
  const { stdout, status } = run(`
    const wire = claimStdout();
    await new Promise((resolve) => wire.write("x".repeat(3_000_000) + "\\n", resolve));
    process.exit(7);`);
  expect(stdout.length).toBe(3_000_001);
  expect(status).toBe(7);
});

test("many answers may wait for a slow client, and nothing is said about it", () => {
  const transport = import.meta.resolve("@modelcontextprotocol/server/stdio");
  const { stdout, stderr } = run(`
    import { StdioServerTransport } from ${JSON.stringify(transport)};
    import { PassThrough } from "node:stream";
    const wire = claimStdout();
    const transport = new StdioServerTransport(new PassThrough(), wire);
    await transport.start();
    const answer = (id) => ({ jsonrpc: "2.0", id, result: { text: "x".repeat(20_000) } });
    await Promise.all(Array.from({ length: 60 }, (_, id) => transport.send(answer(id))));
    await transport.close();`);
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toHaveLength(60);
});
