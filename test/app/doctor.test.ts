import { chmodSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../src/app/doctor.ts";
import { Desk } from "../cli/in-process.ts";

let desk: Desk;
beforeAll(() => {
  desk = new Desk({ "a.ts": "export const a = 1;\n" });
});
afterAll(() => desk[Symbol.dispose]());

async function examine(env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) {
  const { code, stdout } = await desk.run(["doctor", "--json", ...args], { env });
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  expect(code).toBe(ok ? 0 : 1);
  const of = (subject: string) => findings.find((finding) => finding.subject === subject);
  return { code, ok, findings, of };
}

describe("doctor", () => {
  it("makes every check once, in one order, whatever the others say", async () => {
    const subjects = (await examine()).findings.map(({ subject }) => subject);
    const broken = await examine({ CODELAB_HOME: path.join(desk.project, "a.ts", "home") });
    expect(broken.findings.map(({ subject }) => subject)).toEqual(subjects);
    expect(broken.of("node")?.verdict).toBe("fine");
    expect(broken.of("grammars")?.verdict).toBe("fine");
  });

  it.each([
    [
      "a home that lies below a file",
      () => ({ CODELAB_HOME: path.join(desk.project, "a.ts", "h") }),
      "home",
      "broken",
      /CODELAB_HOME/,
    ],
    [
      "a project that is gone",
      () => ({ CODELAB_WORKSPACE: path.join(desk.root, "gone") }),
      "workspace",
      "broken",
      /existing/,
    ],
    [
      "a model that nobody knows",
      () => ({ EMBEDDING_PROVIDER: "local", EMBEDDING_MODEL: "nobody" }),
      "embeddings",
      "broken",
      /It is gte-small/,
    ],
    ["a model that is not there yet", () => ({ EMBEDDING_PROVIDER: "local" }), "embeddings", "warning", /models pull/],
  ] as const)("says what to do about %s", async (_, env, subject, verdict, mend) => {
    const { of, ok } = await examine(env());
    expect(of(subject)).toMatchObject({ verdict, mend: expect.stringMatching(mend) as string });
    expect(ok).toBe(verdict === "warning");
  });

  it.each([
    ["no Qdrant server", "<html>", "broken", /is no Qdrant server/, /QDRANT_URL/],
    ["too old a one", '{"title":"qdrant","version":"1.2.3"}', "broken", /is Qdrant 1\.2\.3/, /Upgrade/],
  ] as const)("says that QDRANT_URL is the address of %s", async (_, body, verdict, says, mend) => {
    const server = createServer((_, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const QDRANT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { of, ok } = await examine({ QDRANT_URL });
    expect(of("qdrant")).toMatchObject({
      verdict,
      says: expect.stringMatching(says) as string,
      mend: expect.stringMatching(mend) as string,
    });
    expect(ok).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });

  it("does not ask for a server that nobody set", async () => {
    expect((await examine()).of("qdrant")).toBeUndefined();
  });

  it("tells of an embedding service that does not answer, with its address", async () => {
    const env = {
      EMBEDDING_PROVIDER: "openai-compatible",
      EMBEDDING_BASE_URL: "http://127.0.0.1:9/v1",
      EMBEDDING_MODEL: "m",
    };
    const { of, ok } = await examine({ ...env, EMBEDDING_DIMENSIONS: "4" });
    expect(ok).toBe(false);
    expect(of("embeddings")?.says).toMatch(/127\.0\.0\.1:9|ECONNREFUSED|refused|bad port/);
  });

  it("is content once the project is indexed, and names the place", async () => {
    expect((await examine()).of("workspace")).toMatchObject({ verdict: "warning", mend: "Run `codelab-mcp index`." });
    await desk.run(["index", "--no-conversations"]);
    expect((await examine()).of("workspace")).toEqual({
      subject: "workspace",
      verdict: "fine",
      says: `${desk.project} is indexed`,
    });
  });

  it("shows people the same verdicts, each with what mends it below", async () => {
    const { stdout } = await desk.run(["doctor"], { env: { CODELAB_WORKSPACE: path.join(desk.root, "gone") } });
    expect(stdout).toMatch(/^ok {3}node +v\d+/);
    expect(stdout).toMatch(/\nFAIL workspace +.*gone does not exist\n +mend: Name an existing directory\.\n/);
    for (const line of stdout.trimEnd().split("\n")) expect(line).toMatch(/^(?:ok {3}|warn |FAIL | +mend: )/);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "names a home that may not be written",
    async () => {
      const home = path.join(desk.root, "locked");
      mkdirSync(home);
      chmodSync(home, 0o500);
      expect((await examine({ CODELAB_HOME: home })).of("home")).toMatchObject({ verdict: "broken" });
    },
  );

  it("does not go on when it is told to stop", async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await desk.run(["doctor"], { signal: stop.signal })).toEqual({ code: 130, stdout: "", stderr: "" });
  });
});
