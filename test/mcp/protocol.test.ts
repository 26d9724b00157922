import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CLIENT_RESULT_CHARS } from "../../src/tools/limits.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";
import { defineTool } from "../../src/tools/tool.ts";
import { fakeContext } from "../tools/fake-context.ts";
import { connect, ERAS, textOf } from "./harness.ts";

describe.each(ERAS)("protocol of %s", (era) => {
  test("the tools exposed are the tools defined", async () => {
    await using harness = await connect(era);
    expect(harness.client.getNegotiatedProtocolVersion()).toBe(era);
    const { tools } = await harness.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(TOOLS.map(({ name }) => name));
    for (const listed of tools) {
      const tool = TOOLS.find(({ name }) => name === listed.name);
      expect(listed).toMatchObject({ title: tool?.title, description: tool?.description });
      expect(Object.keys(listed.inputSchema.properties ?? {})).toEqual(Object.keys(tool?.input.shape ?? {}));
      expect(listed.annotations).toMatchObject({
        readOnlyHint: tool?.access === "read" && tool.actsThroughTools !== true,
        destructiveHint: tool?.destructive === true || tool?.actsThroughTools === true,
      });
      expect(listed._meta?.["anthropic/maxResultSizeChars"]).toBe(CLIENT_RESULT_CHARS);
      expect(JSON.stringify(listed)).not.toContain("$schema");
    }
    expect(tools.find(({ name }) => name === "search_code")?._meta).toMatchObject({ "anthropic/alwaysLoad": true });
  });

  test("instructions come with the handshake and never from the workspace's files", async () => {
    await using harness = await connect(era);
    const instructions = harness.client.getInstructions() ?? "";
    expect(instructions).toContain('"/home/me/project"');
    expect(instructions.length).toBeLessThanOrEqual(2_048);
  });

  test("a search answers with data and with the same as text", async () => {
    await using harness = await connect(era);
    const result = await harness.client.callTool({ name: "search_code", arguments: { query: "open" } });
    expect(result.isError).not.toBe(true);
    expect(result.structuredContent).toMatchObject({
      query: "open",
      hits: [{ path: "src/a.ts", text: expect.stringContaining("open()") }],
    });
    expect(textOf(result)).toContain("export function open()");
  });

  test("a text-heavy tool answers with text alone", async () => {
    await using harness = await connect(era);
    const result = await harness.client.callTool({ name: "read_file", arguments: { path: "a.txt" } });
    expect(result).not.toHaveProperty("structuredContent");
    expect(result.content).toMatchObject([{ type: "text" }, { type: "text", text: "one\ntwo" }]);
  });

  test("wrong arguments are explained to the model, not thrown at the client", async () => {
    await using harness = await connect(era);
    const result = await harness.client.callTool({ name: "search_code", arguments: { queries: "x", limit: "ten" } });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatchInlineSnapshot(`
      "search_code was not run: its arguments do not fit.
      - Unknown argument \`queries\`. Did you mean \`query\`?
      - \`query\` is missing.
      - \`limit\`: Invalid input: expected number, received string; given "ten".
      Expected arguments: query (string), limit (integer 1 to 100, optional), path (string, optional), language (string, optional), cursor (string, optional), maxTokens (integer 100 to 40000, optional), compact (boolean, optional).
      Call it again with these."
    `);
  });

  test("an unknown tool is answered with the names of those there are", async () => {
    await using harness = await connect(era);
    const result = await harness.client.callTool({ name: "grep", arguments: {} });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("search_files");
  });

  test("an error of the caller comes with its hint, a fault of ours without its details", async () => {
    const files = { ...fakeContext().files, list: async () => Promise.reject(new TypeError("secret detail")) };
    await using harness = await connect(era, { openContext: async () => fakeContext({}, { files }) });
    const missing = await harness.client.callTool({ name: "read_file", arguments: { path: "../x" } });
    expect(textOf(missing)).toMatch(/^"\.\.\/x".*\nHint: /);
    const fault = await harness.client.callTool({ name: "list_files", arguments: {} });
    expect(fault.isError).toBe(true);
    expect(textOf(fault)).toBe("list_files failed because of a fault inside codelab-mcp; its log has the details.");
    expect(harness.logged.join("")).toContain("TypeError: secret detail");
  });

  test("resources: the status, a file by its path, and a clear no", async () => {
    await using harness = await connect(era);
    const { resources } = await harness.client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(["codelab://index"]);
    const { resourceTemplates } = await harness.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      "codelab://files/{+path}",
      "conversation://{sessionId}",
      "codelab://output/{+id}",
    ]);
    const status = await harness.client.readResource({ uri: "codelab://index" });
    expect(status.contents).toMatchObject([
      { mimeType: "application/json", text: expect.stringContaining("/home/me/project") },
    ]);
    const file = await harness.client.readResource({ uri: "codelab://files/a%2Etxt" });
    expect(file.contents).toMatchObject([{ text: "one\ntwo" }]);
    for (const uri of [
      "codelab://nothing",
      "codelab://files/",
      "codelab://files/%E0%A4%A",
      "file:///etc/passwd",
      "no uri",
    ])
      await expect(harness.client.readResource({ uri }), uri).rejects.toMatchObject({ code: -32602 });
    await expect(harness.client.readResource({ uri: "codelab://files/none" })).rejects.toThrow("none does not exist");
  });

  test("every call leaves a record", async () => {
    await using harness = await connect(era);
    await harness.client.callTool({ name: "read_file", arguments: { path: "a.txt" } });
    await harness.client.callTool({ name: "read_file", arguments: { path: "none" } });
    await harness.client.callTool({ name: "read_file", arguments: { pfad: 1 } });
    await harness.client.readResource({ uri: "codelab://index" });
    expect(harness.records.map(({ tool, code }) => [tool, code])).toEqual([
      ["read_file", null],
      ["read_file", "workspace.not-found"],
      ["read_file", "request.bad-arguments"],
      ["resource:index_status", null],
    ]);
    expect(harness.records[0]).toMatchObject({
      access: "read",
      principal: "local",
      client: "harness 7",
      arguments: { path: "a.txt" },
    });
  });

  test("a cancelled call aborts the tool", async () => {
    const seen = deferred();
    const files = {
      ...fakeContext().files,
      list: (_request: unknown, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          seen.resolve();
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    };
    await using harness = await connect(era, { openContext: async () => fakeContext({}, { files }) });
    const cancel = new AbortController();
    const call = harness.client.callTool({ name: "list_files", arguments: {} }, { signal: cancel.signal });
    const rejected = expect(call).rejects.toThrow();
    await seen.promise;
    cancel.abort();
    await rejected;
    await expect.poll(() => harness.records.map(({ code }) => code)).toEqual(["request.cancelled"]);
  });

  test("the context opens at the first call, not at the handshake", async () => {
    let opened = 0;
    const openContext = async () => (opened++, fakeContext());
    await using harness = await connect(era, { openContext });
    await harness.client.listTools();
    expect(opened).toBe(0);
    await harness.client.callTool({ name: "index_status", arguments: {} });
    expect(opened).toBe(1);
  });

  test("a context that cannot open is an answer, and the next call tries again", async () => {
    let tries = 0;
    const openContext = async () => {
      if (++tries === 1) throw new Error("database is gone");
      return fakeContext();
    };
    await using harness = await connect(era, { openContext });
    expect((await harness.client.callTool({ name: "index_status", arguments: {} })).isError).toBe(true);
    expect((await harness.client.callTool({ name: "index_status", arguments: {} })).isError).not.toBe(true);
  });

  test("progress reaches a client that asked, always rising", async () => {
    const slow = defineTool({
      name: "slow",
      title: "Slow",
      access: "read",
      description: "Tells its progress.",
      input: z.object({}),
      examples: [],
      run: async (_input, _context, { progress }) => {
        progress({ message: "a", done: 5, total: 9 });
        progress({ message: "b", done: 2, total: 9 });
        progress({ message: "c" });
        return { text: "done" };
      },
    });
    await using harness = await connect(era, { tools: [slow] });
    const seen: (readonly [number, string | undefined])[] = [];
    const onprogress = (told: { progress: number; message?: string | undefined }) =>
      seen.push([told.progress, told.message]);
    await harness.client.callTool({ name: "slow", arguments: {} }, { onprogress });
    expect(seen.slice(0, 2)).toEqual([
      [5, "a"],
      [6, "b"],
    ]);
    await harness.client.callTool({ name: "slow", arguments: {} });
  });

  test("when the client hangs up, what is in flight is aborted and serving ends", async () => {
    const aborted = deferred();
    const started = deferred();
    const files = {
      ...fakeContext().files,
      list: (_request: unknown, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener("abort", () => (aborted.resolve(), reject(signal.reason)));
          started.resolve();
        }),
    };
    await using harness = await connect(era, { openContext: async () => fakeContext({}, { files }) });
    harness.client.callTool({ name: "list_files", arguments: {} }).catch(() => {});
    await started.promise;
    harness.hangUp();
    await aborted.promise;
    await harness.served;
  });
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
