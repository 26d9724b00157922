// The image, built and run. CODELAB_DOCKER names the program that does it (docker or podman), NODE_IMAGE another base than the
// Dockerfile's: without the first nothing of this runs, since a build takes a minute and mostly a network.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const tool = process.env["CODELAB_DOCKER"] ?? "";
const base = process.env["NODE_IMAGE"];
const image = `codelab-mcp-test-${randomUUID().slice(0, 8)}`;
const volume = `${image}-home`;
const watcher = `${image}-watcher`;
/** As compose.yaml has it. */
const confined = ["--read-only", "--init", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--pids-limit=512"];

function container(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(tool, args, { encoding: "utf8", cwd: root });
  return { stdout, stderr, status };
}

describe.skipIf(tool === "")("the image", () => {
  const project = mkdtempSync(path.join(os.tmpdir(), "codelab-image-"));
  const places = ["-v", `${volume}:/data`, "-v", `${project}:/workspace:ro`];
  const settings = ["-e", "EMBEDDING_PROVIDER=none", "-e", "CODELAB_WORKSPACE=/workspace"];
  const run = (...args: string[]) =>
    container("run", "--rm", ...confined, "--memory=512m", ...places, ...settings, image, ...args);

  beforeAll(() => {
    mkdirSync(path.join(project, "src"));
    chmodSync(project, 0o755);
    writeFileSync(path.join(project, "src/frobnicate.ts"), "export function frobnicate(): number {\n  return 1;\n}\n");
    const from = base === undefined ? [] : ["--build-arg", `NODE_IMAGE=${base}`];
    // Podman keeps health checks in this format alone.
    const format = path.basename(tool) === "podman" ? ["--format=docker"] : [];
    const built = container("build", ...format, "--network=host", ...from, "-f", "docker/Dockerfile", "-t", image, ".");
    expect([built.status === 0, built.status === 0 || built.stderr.slice(-2_000)]).toEqual([true, true]);
  }, 600_000);

  afterAll(() => {
    container("rm", "-f", watcher);
    container("volume", "rm", "-f", volume);
    container("rmi", "-f", image);
    rmSync(project, { recursive: true });
  }, 120_000);

  it("is an ordinary user's, holds nothing to build with, and writes only where it may", () => {
    const script = "id -u; for each in /app /usr / /data; do touch $each/x 2>/dev/null && echo $each; done; true";
    const shell = container("run", "--rm", ...confined, "--entrypoint=sh", image, "-c", script);
    expect(shell.stdout).toBe("1000\n/data\n");
    const modules = container("run", "--rm", "--entrypoint=ls", image, "node_modules").stdout.split("\n");
    expect(modules).toContain("@qdrant");
    for (const tool of ["typescript", "@typescript", "vitest", "esbuild"]) expect(modules).not.toContain(tool);
    const described = container("image", "inspect", image).stdout;
    expect(JSON.parse(described)).toMatchObject([{ Config: { User: "node" } }]);
    // Podman has it beside the configuration, Docker within.
    expect(described).toContain('"/app/health.mjs"');
  }, 120_000);

  it("indexes a project into its volume, and finds it again from there", () => {
    expect(run("index", "--no-conversations").status).toBe(0);
    const { hits } = JSON.parse(run("search", "frobnicate", "--json").stdout) as { hits: { path: string }[] };
    expect(hits.map((hit) => hit.path)).toEqual(["src/frobnicate.ts"]);
  }, 120_000);

  it("watches: sees a change through the mount, is healthy, and ends cleanly when told to", async () => {
    const started = container("run", "-d", "--name", watcher, ...confined, ...places, ...settings, image, "watch");
    expect(started.status).toBe(0);
    const inside = (...args: string[]) => container("exec", watcher, "node", ...args);
    const files = () =>
      (JSON.parse(inside("/app/dist/cli.js", "status", "--json").stdout) as { code: { files: number } }).code.files;
    await vi.waitFor(() => expect(files()).toBe(1), { timeout: 30_000, interval: 500 });
    writeFileSync(path.join(project, "src/other.ts"), "export const other = 2;\n");
    await vi.waitFor(() => expect(files()).toBe(2), { timeout: 30_000, interval: 500 });
    expect(inside("/app/health.mjs").status).toBe(0);
    expect(container("stop", "-t", "20", watcher).status).toBe(0);
    // 137 would be the end of a grace period that it did not use.
    expect(container("inspect", watcher, "--format", "{{.State.ExitCode}}").stdout.trim()).toBe("0");
  }, 180_000);
});
