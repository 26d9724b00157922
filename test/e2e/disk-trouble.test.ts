import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CLI, Sandbox } from "./run-cli.ts";

/** A shell that may mount for itself alone: what it mounts is gone with it. */
const NAMESPACE = ["unshare", "-Urm", "sh", "-e", "-c"] as const;
const canMount =
  spawnSync(NAMESPACE[0], [...NAMESPACE.slice(1), "mount -t tmpfs none /tmp"], { stdio: "ignore" }).status === 0;

const LINES = Array.from({ length: 150 }, (_, index) => `export const value${index} = compute(${index});`).join("\n");

let sandbox: Sandbox;
beforeEach(() => {
  const files = Array.from({ length: 250 }, (_, index) => [`f${index}.ts`, `// file ${index}\n${LINES}\n`]);
  sandbox = new Sandbox({ "needle.ts": "export function findNeedle() {}\n", ...Object.fromEntries(files) });
  mkdirSync(sandbox.home);
});
afterEach(() => sandbox[Symbol.dispose]());

interface Step {
  readonly code: number;
  readonly text: string;
}

/** Runs the steps with a home on a small disk of its own; `mount:OPTIONS` changes that disk. */
async function onSmallDisk(size: string, steps: readonly string[]): Promise<Step[]> {
  const script = [
    `mount -t tmpfs -o size=${size} none "$CODELAB_HOME"`,
    "set +e",
    ...steps.map((step) =>
      step.startsWith("mount:")
        ? `mount -o remount,${step.slice("mount:".length)} "$CODELAB_HOME"`
        : `"$NODE" "$CLI" ${step} 2>&1; printf '\\n=== %s\\n' $?`,
    ),
  ].join("\n");
  const child = spawn(NAMESPACE[0], [...NAMESPACE.slice(1), script], {
    cwd: sandbox.project,
    env: sandbox.env({ NODE: process.execPath, CLI }),
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  await new Promise((resolve) => child.on("close", resolve));
  return Array.from(output.matchAll(/([\s\S]*?)\n=== (\d+)\n/g), ([, text = "", code]) => ({
    text,
    code: Number(code),
  }));
}

describe.skipIf(!canMount)("a disk in trouble", () => {
  const index = "index --no-conversations";
  const search = "search findNeedle --compact";

  it("that is full: says so, keeps what it has, answers from it, and goes on where there is room again", async () => {
    const [first, found, again, whole] = await onSmallDisk("600k", [index, search, "mount:size=100m", index, "status"]);
    expect(first?.code).toBe(1);
    expect(first?.text).toMatch(/error: No space left .*\nhint: Free some space/s);
    expect(found?.text).not.toMatch(/\n {4}at /);
    expect(again?.code).toBe(0);
    expect(again?.text).toMatch(/Indexed 251 files/);
    expect(whole?.text).toMatch(/251 files/);
  });

  it("that fills up later: says so where nothing can be opened any more, else answers from what is indexed", async () => {
    const room = (bytes: number) =>
      `--version > /dev/null; rm -f "$CODELAB_HOME/fill"; head -c $(( $(df -B1 --output=avail "$CODELAB_HOME" | tail -1) - ${bytes} )) /dev/zero > "$CODELAB_HOME/fill"; seq 20000 | sed 's/^/export const more/' > f1.ts; "$NODE" "$CLI" ${search}`;
    const fill = `--version; head -c 30000000 /dev/zero > "$CODELAB_HOME/fill"; "$NODE" "$CLI" status`;
    const [, full, found, status] = await onSmallDisk("20m", [index, room(0), room(80_000), fill]);
    expect(full?.text).toMatch(/error: No space left .*\nhint: Free some space/s);
    expect(full?.code).toBe(1);
    expect(found?.text).toMatch(/note: not brought up to date: No space left/);
    expect(found?.text).toContain("needle.ts:1 ");
    expect(found?.code).toBe(0);
    expect(status?.text).toMatch(/251 files|error: No space left .*\nhint: Free some space/s);
    expect(status?.text).not.toMatch(/\n {4}at /);
  });

  it("that is read-only from the beginning: says the same of it", async () => {
    const steps = await onSmallDisk("100m", ["--version", "mount:ro", index, search, "status", "doctor"]);
    for (const step of steps.slice(1, 4))
      expect(step).toMatchObject({
        code: 1,
        text: expect.stringMatching(/^error: .*index\.db cannot be written\.\nhint: Make it writable/) as string,
      });
    expect(steps[4]?.text).toMatch(/FAIL workspace .*index\.db cannot be written\.\n +mend: Make it writable/);
  });

  it("that is read-only: names the place and the way out", async () => {
    const steps = await onSmallDisk("100m", [index, "mount:ro", index, search, "doctor"]);
    const [, refused, unanswered, doctor] = steps;
    expect(refused).toMatchObject({
      code: 1,
      text: expect.stringMatching(/cannot be written\.\nhint: Make it writable/) as string,
    });
    expect(unanswered?.text).toMatch(/hint: Make it writable/);
    expect(doctor).toMatchObject({ code: 1, text: expect.stringMatching(/FAIL home .*read-only/s) as string });
  });
});

describe("Ctrl-C", () => {
  it("ends an index run cleanly, and the next one ends with what an undisturbed one has", async () => {
    const child = sandbox.spawn(["index", "--no-conversations"]);
    child.stdin.end();
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    // Early enough to be in the middle, late enough to have begun.
    setTimeout(() => child.kill("SIGINT"), 700);
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([0, 130]).toContain(code);
    expect(stderr).not.toMatch(/\n {4}at /);
    const resumed = await sandbox.json<{ files: number; chunks: number }>(["index", "--no-conversations"]);
    const undisturbed = await sandbox.json<{ files: number; chunks: number }>(["index", "--no-conversations"], {
      CODELAB_HOME: `${sandbox.home}-2`,
    });
    expect([resumed.files, resumed.chunks]).toEqual([undisturbed.files, undisturbed.chunks]);
  });
});
