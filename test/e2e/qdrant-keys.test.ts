import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { QdrantServerProcess, findQdrant } from "../store/qdrant/qdrant-server.ts";
import { Sandbox } from "./run-cli.ts";

const found = findQdrant();
const keys = { QDRANT__SERVICE__API_KEY: "writes", QDRANT__SERVICE__READ_ONLY_API_KEY: "reads" };

it.skipIf("missing" in found)(
  "goes on searching with a key that may only read, and says why the server does not hear of changes",
  { timeout: 120_000 },
  async () => {
    if (!("program" in found)) return;
    await using server = await QdrantServerProcess.start(found.program, keys);
    using sandbox = new Sandbox({ "src/a.ts": "export const frobnicate = 1;\n" });
    const env = (QDRANT_API_KEY: string) => ({ QDRANT_URL: server.url, QDRANT_API_KEY, EMBEDDING_PROVIDER: "none" });
    expect((await sandbox.run(["index", "--no-conversations"], env("writes"))).code).toBe(0);
    const before = await sandbox.run(["search", "frobnicate", "--json"], env("reads"));
    expect(JSON.parse(before.stdout)).not.toHaveProperty("notice");

    writeFileSync(path.join(sandbox.project, "src/b.ts"), "export const defenestrate = 2;\n");
    for (const query of ["defenestrate", "frobnicate"]) {
      const { code, stdout, stderr } = await sandbox.run(["search", query, "--json"], env("reads"));
      expect([code, stderr.includes("QDRANT_API_KEY")]).toEqual([0, true]);
      expect((JSON.parse(stdout) as { hits: unknown[] }).hits).toHaveLength(1);
    }
    const indexed = await sandbox.run(["index", "--no-conversations"], env("reads"));
    expect([indexed.code, indexed.stderr.includes("QDRANT_API_KEY")]).toEqual([1, true]);

    expect((await sandbox.run(["index", "--no-conversations"], env("writes"))).code).toBe(0);
    const after = await sandbox.run(["search", "defenestrate", "--json"], env("reads"));
    expect(JSON.parse(after.stdout)).not.toHaveProperty("notice");
    expect(after.stderr).toBe("");
  },
);

it.skipIf("missing" in found)(
  "doctor says of a key whether it may write, and leaves nothing behind on the server",
  { timeout: 120_000 },
  async () => {
    if (!("program" in found)) return;
    await using server = await QdrantServerProcess.start(found.program, keys);
    using sandbox = new Sandbox({ "src/a.ts": "export const frobnicate = 1;\n" });
    const examine = async (QDRANT_API_KEY: string) => {
      const env = { QDRANT_URL: server.url, QDRANT_API_KEY };
      const { stdout } = await sandbox.run(["doctor", "--json"], env);
      const { findings } = JSON.parse(stdout) as { findings: { subject: string }[] };
      return findings.find(({ subject }) => subject === "qdrant");
    };
    expect(await examine("writes")).toMatchObject({ verdict: "fine" });
    expect(await examine("reads")).toMatchObject({
      verdict: "warning",
      says: expect.stringContaining("may not write") as string,
      mend: expect.stringContaining("QDRANT_API_KEY") as string,
    });
    expect(await examine("wrong")).toMatchObject({
      verdict: "broken",
      mend: expect.stringContaining("QDRANT_API_KEY") as string,
    });
    const listed = await fetch(`${server.url}/collections`, { headers: { "api-key": "writes" } });
    expect(await listed.json()).toMatchObject({ result: { collections: [] } });
  },
);
