import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { diskError } from "../../../src/embed/fetch/disk-error.ts";
import { pullModel } from "../../../src/embed/pull-model.ts";
import { UserError } from "../../../src/errors.ts";
import { tinySpec } from "../fakes/tiny-model.ts";

const failed = (code: string) => Object.assign(new Error(`${code}: it failed, write`), { code });

describe("diskError", () => {
  it.each(["ENOSPC", "EDQUOT"])("says of %s that there is no space, also where another error wraps it", (code) => {
    const wrapped = new UserError("embedding.download", "cannot get it", { cause: failed(code) });
    for (const error of [failed(code), wrapped])
      expect(diskError(error, "the model m", "/home/me")).toMatchObject({
        code: "embedding.download",
        message: "the model m cannot be kept in /home/me: no space is left",
        hint: expect.stringMatching(/^Free 250 MB, or move CODELAB_HOME/) as string,
      });
  });

  it.each(["EROFS", "EACCES", "ENOTDIR"])("passes on the reason of %s", (code) => {
    expect(diskError(failed(code), "the model m", "/home/me")).toMatchObject({
      message: `the model m cannot be kept in /home/me: ${code}: it failed, write`,
      hint: expect.stringMatching(/^Make it writable/) as string,
    });
  });

  it("takes a directory that cannot be made for the disk's fault, and a file that is not there for none", () => {
    const missing = (syscall: string) => Object.assign(new Error("not there"), { code: "ENOENT", syscall });
    expect(diskError(missing("mkdir"), "the model m", "/proc/x")).toMatchObject({ code: "embedding.download" });
    expect(diskError(missing("open"), "the model m", "/proc/x")).toBeNull();
  });

  it("is silent about what no disk is to blame for", () => {
    for (const error of [failed("ECONNRESET"), new Error("no such package"), "text", undefined])
      expect(diskError(error, "the model m", "/home/me")).toBeNull();
  });
});

it("a home that cannot take a model is no bug", async () => {
  const home = await mkdtemp(path.join(os.tmpdir(), "codelab-disk-"));
  await writeFile(path.join(home, "runtimes"), "a file where a directory is wanted");
  await expect(pullModel(tinySpec(), { home })).rejects.toMatchObject({ code: "embedding.download" });
  await rm(home, { recursive: true });
});
