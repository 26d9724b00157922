import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const scripts = readdirSync(path.join(root, "bench"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => `bench/${file.replaceAll(path.sep, "/")}`);
const benchmarks = scripts.filter((file) => read(file).includes("/shared/flags.mjs"));

describe("the benchmarks", () => {
  it("stand alone in their folder: what they share lies below it", () => {
    expect(scripts.filter((file) => file.split("/").length === 2 && !benchmarks.includes(file))).toEqual([]);
  });

  it.each(benchmarks)("%s tells how it is called and how long it takes", (file) => {
    const head = read(file).split(/^(?!\/\/)/m)[0];
    expect(head).toContain(`node ${file}`);
    expect(head).toMatch(/\btakes\b/i);
  });

  it("tell so with --help, and measure nothing then", () => {
    const { status, stdout } = spawnSync(process.execPath, [path.join(root, "bench/ending.mjs"), "--help"], {
      encoding: "utf8",
    });
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^How long after/) as string });
  });

  it.each(["README.md", "docs/scale.md", "bench/retrieval/README.md"])("are where %s says", (page) => {
    const named = Array.from(read(page).matchAll(/bench\/[\w/-]+\.mjs/g), ([file]) => file);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});
