import { mkdtempSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseIgnoreRules, subjectOf } from "../../src/workspace/ignore-rules.ts";
import { DEFAULT_EXCLUDES } from "../../src/workspace/default-excludes.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory, walkAll } from "./temporary.ts";

const rules = parseIgnoreRules(DEFAULT_EXCLUDES);
const isLeftOut = (file: string) => {
  const parts = file.replace(/\/$/, "").split("/");
  return rules.decide(subjectOf(parts.at(-1) ?? "", parts.join("/"), file.endsWith("/"))) === true;
};

describe("by default", () => {
  it.each([
    "node_modules/",
    "packages/a/node_modules/",
    ".hg/",
    "__pycache__/",
    ".venv/",
    ".next/",
    ".gradle/",
    "yarn.lock",
    "sub/Cargo.lock",
    "go.sum",
    ".env",
    ".env.local",
    "server.key",
    "certs/site.pem",
    ".npmrc",
    "id_rsa",
    "app.min.js",
    "style.min.css",
    "main.js.map",
    "logo.png",
    "photo.JPG".toLowerCase(),
    "font.woff2",
    "archive.tar.gz",
    "lib.so",
    "Main.class",
    "module.pyc",
    "db.sqlite",
    "model.onnx",
    "doc.pdf",
    "movie.mp4",
    "debug.log",
    "notes.txt~",
    ".DS_Store",
    ".codelab-12-0123456789abcdef.tmp",
  ])("%j is left out", (file) => expect(isLeftOut(file)).toBe(true));

  it.each([
    "src/",
    "lib/",
    "vendor/",
    "build/",
    "dist/",
    "bin/",
    "out/",
    "target/",
    "test/",
    ".github/",
    "a.ts",
    "Makefile",
    "Dockerfile",
    "go.mod",
    "package.json",
    "Cargo.toml",
    ".env.example",
    ".gitignore",
    "lock.ts",
    "keys.ts",
    "README.md",
    "data.json",
    "schema.sql",
    "style.css",
    "min.js",
    "map.ts",
    "log.ts",
    "node_modules.md",
    "yarn.lock.md",
    "script.sh",
    "index.html",
    "image.ts",
    "a.proto",
  ])("%j is kept", (file) => expect(isLeftOut(file)).toBe(false));
});

describe("build output", () => {
  const base = temporaryDirectory();
  const walkOf = async (files: readonly string[]) => {
    const root = writeTree(mkdtempSync(path.join(base, "p-")), Object.fromEntries(files.map((file) => [file, ""])));
    return (await walkAll(root)).paths;
  };

  it.each([
    ["dist/a.js", "package.json"],
    ["build/a.py", "pyproject.toml"],
    ["build/a.kt", "build.gradle.kts"],
    ["out/a.c", "CMakeLists.txt"],
    ["target/a.rs", "Cargo.toml"],
    ["coverage/a.js", "package.json"],
    ["bin/a.cs", "App.csproj"],
    ["obj/a.cs", "App.csproj"],
  ])("%j is left out beside %j, and source code elsewhere", async (file, marker) => {
    expect(await walkOf([file, marker])).toEqual([marker]);
    expect(await walkOf([file])).toEqual([file]);
    expect(await walkOf([`src/${file}`, marker])).toEqual([marker, `src/${file}`].toSorted());
    expect(await walkOf([`sub/${file}`, `sub/${marker}`])).toEqual([`sub/${marker}`]);
  });
});
