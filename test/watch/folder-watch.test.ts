import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { watchFolder } from "../../src/watch/folder-watch.ts";
import type { PathTest } from "../../src/watch/subject.ts";
import { WatchPlace, until } from "./watch-place.ts";

async function watched(place: WatchPlace, takes: PathTest = () => true) {
  const changes = new Set<string | null>();
  const seen = { rules: 0, asked: new Set<string>() };
  const test = (relative: string, isDirectory: boolean) => {
    seen.asked.add(relative);
    return takes(relative, isDirectory);
  };
  const watch = watchFolder(place.path, test, {
    onChange: (file) => changes.add(file === null ? null : path.relative(place.path, file).replaceAll("\\", "/")),
    onRulesChange: () => {
      seen.rules += 1;
    },
    onTrouble: (kind, reason) => changes.add(`${kind}: ${reason}`),
  });
  await watch.ready;
  const report = (name: string) =>
    until(
      () => changes.has(name),
      () => [...changes],
    );
  return { watch, changes, seen, report };
}

test("reports files that change, appear and go, in old folders and new ones", async () => {
  using place = new WatchPlace();
  const file = place.write("src/deep/a.ts");
  const { watch, changes, report } = await watched(place);
  appendFileSync(file, "more");
  await report("src/deep/a.ts");
  place.write("src/b.ts");
  await report("src/b.ts");
  mkdirSync(path.join(place.path, "new", "folder"), { recursive: true });
  await report("new");
  await until(() => changes.has("new/folder"));
  place.write("new/folder/c.ts");
  await report("new/folder/c.ts");
  changes.clear();
  rmSync(path.join(place.path, "src"), { recursive: true });
  await report("src");
  await watch[Symbol.asyncDispose]();
});

test("sees what an editor writes by rename", async () => {
  using place = new WatchPlace();
  place.write("a.ts");
  const { watch, report } = await watched(place);
  writeFileSync(path.join(place.path, ".a.ts.swp"), "new text");
  renameSync(path.join(place.path, ".a.ts.swp"), path.join(place.path, "a.ts"));
  await report("a.ts");
  await watch[Symbol.asyncDispose]();
});

test("never looks into folders that the rules leave out, nor reports what lies there", async () => {
  using place = new WatchPlace();
  place.write("node_modules/pkg/deep/index.js");
  place.write("src/a.ts");
  const { watch, changes, seen, report } = await watched(place, (relative) => !relative.includes("node_modules"));
  appendFileSync(path.join(place.path, "node_modules/pkg/deep/index.js"), "more");
  place.write("node_modules/top.js");
  place.write("src/a.ts", "changed");
  await report("src/a.ts");
  expect([...changes]).toEqual(["src/a.ts"]);
  expect([...seen.asked].some((relative) => relative.startsWith("node_modules/"))).toBe(false);
  await watch[Symbol.asyncDispose]();
});

test("tells when a file that decides what is ignored changes", async () => {
  using place = new WatchPlace();
  place.write("src/a.ts");
  const { watch, seen } = await watched(place);
  place.write("src/.gitignore", "*.log\n");
  await until(() => seen.rules > 0);
  await watch[Symbol.asyncDispose]();
});

test("reports nothing once it has ended", async () => {
  using place = new WatchPlace();
  const file = place.write("a.ts");
  const { watch, changes } = await watched(place);
  await watch[Symbol.asyncDispose]();
  appendFileSync(file, "more");
  await sleep(50);
  expect([...changes]).toEqual([]);
});
