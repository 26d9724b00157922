import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installDirectory } from "../../../src/embed/fetch/install-directory.ts";

describe("installDirectory", () => {
  let home: string;
  beforeEach(async () => void (home = await mkdtemp(path.join(os.tmpdir(), "codelab-install-"))));
  afterEach(() => rm(home, { recursive: true, force: true }));

  it("builds once for many who want the same", async () => {
    let builds = 0;
    const target = path.join(home, "model");
    const build = async (aside: string) => {
      builds += 1;
      await writeFile(path.join(aside, "file"), "whole");
    };
    await Promise.all(Array.from({ length: 5 }, () => installDirectory(target, build)));
    expect(builds).toBe(1);
    expect(await readFile(path.join(target, "file"), "utf8")).toBe("whole");
    expect(await readdir(home)).toEqual(["model"]);
  });

  it("leaves nothing behind when building fails, and lets the next try", async () => {
    const target = path.join(home, "model");
    const broken = async (aside: string) => {
      await writeFile(path.join(aside, "half"), "");
      throw new Error("the network went away");
    };
    await expect(installDirectory(target, broken)).rejects.toThrow("the network went away");
    expect(await readdir(home)).toEqual([]);
    await installDirectory(target, async () => {});
    expect(existsSync(target)).toBe(true);
  });

  it("takes over from a builder that died", async () => {
    const target = path.join(home, "model");
    await writeFile(`${target}.lock`, "4194304");
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${target}.lock`, longAgo, longAgo);
    await installDirectory(target, async () => {});
    expect(await readdir(home)).toEqual(["model"]);
  });

  it("stops waiting when told to", async () => {
    const target = path.join(home, "model");
    await writeFile(`${target}.lock`, String(process.pid));
    await expect(installDirectory(target, async () => {}, AbortSignal.timeout(20))).rejects.toThrow();
    expect(existsSync(target)).toBe(false);
  });
});
