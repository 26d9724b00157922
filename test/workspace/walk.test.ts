import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { workerUrl } from "../../src/worker-url.ts";
import { walk, type WalkSkip } from "../../src/workspace/walk.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory, walkAll } from "./temporary.ts";

const base = temporaryDirectory();
const fresh = (files: Record<string, string>) => writeTree(mkdtempSync(path.join(base, "p-")), files);

afterEach(() => vi.unstubAllEnvs());

describe("what is left out", () => {
  it("honours nested ignore files, and none of it needs a repository", async () => {
    const root = fresh({
      ".gitignore": "*.log\n/gen/",
      "a.ts": "",
      "a.log": "",
      "gen/x.ts": "",
      "b/.gitignore": "!a.log",
      "b/a.log": "",
      "b/gen/y.ts": "",
    });
    expect((await walkAll(root, { defaults: false })).paths).toEqual([
      ".gitignore",
      "a.ts",
      "b/.gitignore",
      "b/a.log",
      "b/gen/y.ts",
    ]);
  });

  it("leaves dependencies, build output, lock files, secrets and binary names out by default, which but for secrets a project can overrule", async () => {
    const files = {
      "package.json": "",
      "a.ts": "",
      "dist/a.js": "",
      "src/dist/b.ts": "",
      "node_modules/m/i.js": "",
      "yarn.lock": "",
      ".env": "",
      ".env.example": "",
      "logo.png": "",
      "app.min.js": "",
      ".github/w.yml": "",
    };
    expect((await walkAll(fresh(files))).paths).toEqual([
      ".env.example",
      ".github/w.yml",
      "a.ts",
      "package.json",
      "src/dist/b.ts",
    ]);
    const overruled = fresh({ ...files, ".codelabignore": "!dist/\n!yarn.lock\n!logo.png\n.codelabignore\n.github/" });
    expect((await walkAll(overruled)).paths).toEqual([
      ".env.example",
      "a.ts",
      "dist/a.js",
      "logo.png",
      "package.json",
      "src/dist/b.ts",
      "yarn.lock",
    ]);
    // Only the user's own word brings in what agents are never shown; a project's files are not that.
    const all = Object.keys(files).toSorted();
    expect((await walkAll(fresh(files), { defaults: false })).paths).toEqual(all.filter((name) => name !== ".env"));
    expect((await walkAll(fresh(files), { defaults: false, include: [".env"] })).paths).toEqual(all);
    const project = fresh({ ...files, ".codelabignore": "!.env\n" });
    expect((await walkAll(project)).paths).not.toContain(".env");
  });

  it("lets .codelabignore overrule .gitignore, also from above", async () => {
    const root = fresh({
      ".codelabignore": "!*.gen.ts\nsecret/",
      "a/.gitignore": "*.gen.ts",
      "a/x.gen.ts": "",
      "secret/s.ts": "",
    });
    expect((await walkAll(root)).paths).toEqual([".codelabignore", "a/.gitignore", "a/x.gen.ts"]);
  });

  it("takes what the configuration forces in, under excluded directories too, and no more than that", async () => {
    const root = fresh({
      ".gitignore": "vendor\n*.gen.ts\n/out",
      "vendor/mine/a.ts": "",
      "vendor/mine/b.gen.ts": "",
      "vendor/mine/i.png": "",
      "vendor/other/c.ts": "",
      "x.gen.ts": "",
      "out/d.ts": "",
      "out/deep/e.ts": "",
      "node_modules/m/x.gen.ts": "",
      "yarn.lock": "",
    });
    const include = ["vendor/mine/", "/x.gen.ts", "out/**/*.ts", "yarn.lock"];
    expect((await walkAll(root, { include })).paths).toEqual([
      ".gitignore",
      "out/d.ts",
      "out/deep/e.ts",
      "vendor/mine/a.ts",
      "vendor/mine/b.gen.ts",
      "x.gen.ts",
      "yarn.lock",
    ]);
    expect((await walkAll(root, { exclude: ["*.ts"], defaults: false })).paths).toEqual(
      [".gitignore", "node_modules/m/x.gen.ts", "yarn.lock"].filter((file) => !file.endsWith(".ts")),
    );
  });

  it("honours info/exclude and the user's global excludes, in worktrees too", async () => {
    const home = fresh({ "git/config": "[core]\n\texcludesFile = ~/mine\n", mine: "*.mine", "git/ignore": "*.other" });
    vi.stubEnv("XDG_CONFIG_HOME", home);
    vi.stubEnv("HOME", home);
    vi.stubEnv("GIT_CONFIG_GLOBAL", path.join(home, "git/config"));
    const root = fresh({ "a.mine": "", "a.other": "", "a.local": "", "a.ts": "" });
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
    git("init", "-q");
    writeFileSync(path.join(root, ".git/info/exclude"), "*.local\n");
    expect((await walkAll(root)).paths).toEqual(["a.other", "a.ts"]);
    git("add", "a.ts");
    git("commit", "-qm", "x");
    git("worktree", "add", "-q", `${root}-tree`);
    writeTree(`${root}-tree`, { "b.local": "", "b.mine": "" });
    expect((await walkAll(`${root}-tree`)).paths).toEqual(["a.ts"]);
    vi.stubEnv("GIT_CONFIG_GLOBAL", "/dev/null");
    expect((await walkAll(root)).paths).toEqual(["a.mine", "a.ts"]);
  });
});

describe("where the root lies", () => {
  it("applies the repository's rules from above the root, unless they leave the root itself out", async () => {
    const outer = fresh({
      ".git/HEAD": "",
      ".git/info/exclude": "*.local",
      ".gitignore": "*.log\n/sub/gen\nout/",
      "sub/a.ts": "",
      "sub/a.log": "",
      "sub/b.local": "",
      "sub/gen/c.ts": "",
      "out/p/a.ts": "",
      "out/p/a.log": "",
    });
    expect((await walkAll(path.join(outer, "sub"))).paths).toEqual(["a.ts"]);
    expect((await walkAll(path.join(outer, "out/p"), { defaults: false })).paths).toEqual(["a.log", "a.ts"]);
  });

  it("does not mind a hidden or an excluded name above the root", async () => {
    const root = path.join(fresh({ ".hidden/node_modules/p/.github/a.yml": "" }), ".hidden/node_modules/p");
    expect((await walkAll(root)).paths).toEqual([".github/a.yml"]);
  });

  it("starts afresh in a repository inside, and never enters a .git", async () => {
    const root = fresh({
      ".git/config": "",
      ".gitignore": "*.log",
      "sub/.git": "gitdir: ../.git/modules/sub",
      ".git/modules/sub/info/exclude": "*.tmp",
      "sub/a.log": "",
      "sub/a.tmp": "",
      "sub/.gitignore": "*.x",
      "sub/a.x": "",
      "a.tmp": "",
    });
    expect((await walkAll(root, { defaults: false })).paths).toEqual([
      ".gitignore",
      "a.tmp",
      "sub/.gitignore",
      "sub/a.log",
    ]);
  });
});

describe("links", () => {
  it("count as their target: nothing twice, nothing outside, no loops", async () => {
    const outside = fresh({ "secret.ts": "" });
    const root = fresh({
      "a/x.ts": "",
      "a/y.ts": "",
      ".gitignore": "/gen\nnode_modules",
      "gen/g.ts": "",
      "gen/sub/h.ts": "",
      "node_modules/m/i.js": "",
    });
    const link = (target: string, at: string) => symlinkSync(target, path.join(root, at));
    link("a/x.ts", "x-again.ts");
    link("..", "a/up");
    link("../a", "a/self");
    link(outside, "out");
    link(path.join(outside, "secret.ts"), "out.ts");
    link("nowhere", "dangling");
    link("loop", "loop");
    link("gen", "generated");
    link("../gen/sub", "a/generated-too");
    link("gen/g.ts", "g.ts");
    link("/dev/zero", "zero");
    mkdirSync(path.join(root, "b"));
    link("../node_modules", "b/node_modules");
    const { paths, skips } = await walkAll(root);
    expect(paths).toEqual([".gitignore", "a/x.ts", "a/y.ts", "gen/g.ts", "gen/sub/h.ts"]);
    expect(skips).toEqual([
      "special-file zero",
      "symlink-dangling dangling",
      "symlink-loop a/up",
      "symlink-loop loop",
      "symlink-outside out",
      "symlink-outside out.ts",
    ]);
  });
});

describe("what is skipped", () => {
  it("reports large and special files, and names that are no text", async () => {
    const root = fresh({ "big.ts": "x".repeat(101), "fit.ts": "x".repeat(100) });
    execFileSync("mkfifo", [path.join(root, "pipe")]);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), "");
    const { paths, skips } = await walkAll(root, { maxFileBytes: 100 });
    expect(paths).toEqual(["fit.ts"]);
    expect(skips).toEqual(["invalid-name bad-\ufffd", "special-file pipe", "too-large big.ts"]);
  });

  it("reports a directory that it may not read and goes on", () => {
    const root = fresh({ "locked/a.ts": "", "open/b.ts": "" });
    for (const directory of [path.dirname(root), root, path.join(root, "open")]) chmodSync(directory, 0o755);
    chmodSync(path.join(root, "locked"), 0);
    const script = `import { walk } from ${JSON.stringify(workerUrl(new URL("../../src/workspace/walk.ts", import.meta.url).href, "walk").href)};
      const seen = []; for await (const batch of walk(${JSON.stringify(root)}, { onSkip: (s) => seen.push(s) })) seen.push(...batch.map((f) => f.path));
      process.stdout.write(JSON.stringify(seen));`;
    const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      ...unprivileged,
      cwd: "/",
      encoding: "utf8",
    });
    chmodSync(path.join(root, "locked"), 0o755);
    expect(child.stderr).toBe("");
    expect(JSON.parse(child.stdout)).toEqual([{ path: "locked", reason: "unreadable" }, "open/b.ts"]);
  });

  it("survives directories that vanish while it walks", async () => {
    const root = fresh({ "big.ts": "x".repeat(101), "a/x.ts": "", "b/x.ts": "", "c/x.ts": "" });
    const seen: string[] = [];
    // Told of while the root is read, before any directory in it is.
    const onSkip = ({ reason }: WalkSkip) => {
      if (reason !== "too-large") return;
      rmSync(path.join(root, "b"), { recursive: true });
      renameSync(path.join(root, "c"), path.join(root, "d"));
    };
    for await (const batch of walk(root, { maxFileBytes: 100, onSkip })) {
      seen.push(...batch.map((file) => file.path));
    }
    expect(seen).toEqual(["a/x.ts"]);
  });
});

it("yields what stat says", async () => {
  const root = fresh({ "a.ts": "12345" });
  utimesSync(path.join(root, "a.ts"), 1000, 2000.5);
  for await (const batch of walk(root)) {
    expect(batch).toEqual([{ path: "a.ts", size: 5, mtimeMs: 2_000_500, inode: expect.any(Number) }]);
  }
});

it("stops at the signal and lets the event loop turn", async () => {
  const root = fresh(
    Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`d${index % 500}/f${index}.ts`, ""])),
  );
  await expect(walkAll(root, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await walkAll(root);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

it("throws for a root that cannot be read", async () => {
  await expect(walkAll(path.join(base, "nowhere"))).rejects.toThrow("ENOENT");
});
