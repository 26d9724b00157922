import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { FolderFacts } from "../../src/workspace/folder-memory.ts";
import { tellsFolderChanges } from "../../src/workspace/folder-memory.ts";
import { type WalkOptions, walk } from "../../src/workspace/walk.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

/** Walks of one directory, each of which remembers what the one before saw. */
class Walks {
  readonly root: string;
  /** Facts by path, of the last walk that saw them. */
  remembered = new Map<string, FolderFacts>();
  recalled: string[] = [];
  yielded: string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /** What a walk without memory finds, and why it left out what it did. */
  async plain(options: WalkOptions = {}): Promise<string[]> {
    const found: string[] = [];
    const onSkip = ({ path: at, reason }: { path: string; reason: string }) => found.push(`${at} ${reason}`);
    for await (const batch of walk(this.root, { ...options, onSkip }))
      for (const { path: at, size, mtimeMs, inode } of batch) found.push(`${at} ${size} ${mtimeMs} ${inode}`);
    return found.toSorted();
  }

  /** The same by memory. */
  async byMemory(options: WalkOptions = {}, salt = "1"): Promise<string[]> {
    const found = new Map<string, string>();
    const skips: string[] = [];
    const fresh = new Map<string, FolderFacts>();
    this.recalled = [];
    this.yielded = [];
    const folders = {
      salt,
      recall: (at: string) => this.remembered.get(at),
      onRead: (facts: FolderFacts) => void fresh.set(facts.path, facts),
      onRecalled: (facts: FolderFacts) => {
        this.recalled.push(facts.path);
        facts.files.forEach((name, index) => {
          const at = facts.path + name;
          if (!found.has(at)) found.set(at, `${at} ${facts.stats.slice(3 * index, 3 * index + 3).join(" ")}`);
        });
      },
      // As if time had passed since the directories were changed, which it must for them to be remembered.
      now: () => Date.now() + 60_000,
    };
    const onSkip = ({ path: at, reason }: { path: string; reason: string }) => skips.push(`${at} ${reason}`);
    for await (const batch of walk(this.root, { ...options, folders, onSkip })) {
      for (const { path: at, size, mtimeMs, inode } of batch) {
        this.yielded.push(at);
        found.set(at, `${at} ${size} ${mtimeMs} ${inode}`);
      }
    }
    // What differs from what is remembered is forgotten, as a store forgets the directory of a source that changes.
    for (const at of this.yielded) this.remembered.delete(at.slice(0, at.lastIndexOf("/") + 1));
    for (const [at, facts] of fresh) this.remembered.set(at, facts);
    return [...found.values(), ...skips].toSorted();
  }
}

function write(root: string, file: string, text = file): void {
  writeTree(root, { [file]: text });
}

const isExact = tellsFolderChanges(temporaryDirectory());

it.runIf(isExact)("does not read directories again that are as they were", async () => {
  const root = temporaryDirectory();
  for (const file of ["top.ts", "a/one.ts", "a/two.ts", "a/b/three.ts", "a/b/skipped.log", "c/four.ts"])
    write(root, file);
  write(root, ".gitignore", "*.log\n");
  const walks = new Walks(root);
  const first = await walks.byMemory();
  expect(walks.recalled).toEqual([]);
  expect(await walks.byMemory()).toEqual(first);
  expect(walks.recalled.toSorted()).toEqual(["a/", "a/b/", "c/"]);
  // The root has rules of its own and is read each time.
  expect(walks.yielded.toSorted()).toEqual([".gitignore", "top.ts"]);
  expect(await walks.plain()).toEqual(first);
});

it.runIf(isExact)("yields a file that changed in a directory that did not", async () => {
  const root = temporaryDirectory();
  for (const file of ["a/one.ts", "a/two.ts"]) write(root, file);
  const walks = new Walks(root);
  await walks.byMemory();
  write(root, "a/two.ts", "another text");
  expect(await walks.byMemory()).toEqual(await walks.plain());
  expect(walks.yielded).toEqual(["a/two.ts"]);
});

it.runIf(isExact)("trusts nothing under other rules, limits or versions", async () => {
  const root = temporaryDirectory();
  for (const file of ["a/one.ts", "a/two.log"]) write(root, file, "x".repeat(50));
  const walks = new Walks(root);
  await walks.byMemory();
  for (const options of [{ exclude: ["*.log"] }, { maxFileBytes: 10 }, { include: ["a/two.log"] }]) {
    expect(await walks.byMemory(options)).toEqual(await walks.plain(options));
    expect(walks.recalled).toEqual([]);
    await walks.byMemory();
  }
  await walks.byMemory({}, "2");
  expect(walks.recalled).toEqual([]);
  write(root, ".gitignore", "*.log\n");
  expect(await walks.byMemory({}, "2")).toEqual(await walks.plain());
  expect(walks.recalled).toEqual([]);
});

it.runIf(isExact)("remembers no directory that changed a moment ago", async () => {
  const root = temporaryDirectory();
  write(root, "a/one.ts");
  const read: string[] = [];
  const folders = {
    salt: "",
    recall: () => undefined,
    onRecalled: () => {},
    onRead: (facts: FolderFacts) => read.push(facts.path),
  };
  for await (const batch of walk(root, { folders })) expect(batch).toHaveLength(1);
  expect(read).toEqual([]);
});

const places = fc.constantFrom("a", "a/b", "a/b/c", "d", "d/e", "node_modules");
const names = fc.constantFrom("x.ts", "y.log", "build", "z", ".gitignore", ".codelabignore", "package.json");
const texts = fc.constantFrom("*.log\n", "build/\n", "z\n!x.ts\n", "text", "");
const change = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant("write" as const), places, names, texts) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("remove" as const), places, names, texts) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("folder" as const), places, names, texts) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("link" as const), places, names, texts) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("move" as const), places, names, texts) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("clock" as const), places, names, texts) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("mode" as const), places, names, texts) },
);

function apply(root: string, [kind, place, name, text]: readonly [string, string, string, string]): void {
  const folder = path.join(root, place);
  const file = path.join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    if (kind === "write") writeFileSync(file, text);
    else if (kind === "remove") rmSync(file, { recursive: true, force: true });
    else if (kind === "folder") write(root, `${place}/${name}/inside.ts`);
    else if (kind === "link") symlinkSync(path.join(root, "d"), file);
    else if (kind === "move") renameSync(folder, `${folder}2`);
    // A directory whose time was set back hides nothing: its other time tells.
    else if (kind === "clock") {
      writeFileSync(file, text);
      utimesSync(folder, 1, 1);
    } else chmodSync(folder, 0o755);
  } catch {
    // A file where a directory is wanted, or the other way round: then nothing changes.
  }
}

it.runIf(isExact)("finds what a walk without memory finds, whatever happened in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      async (rounds) => {
        const walks = new Walks(temporaryDirectory());
        for (const changes of rounds) {
          for (const each of changes) apply(walks.root, each);
          expect(await walks.byMemory()).toEqual(await walks.plain());
          expect(await walks.byMemory()).toEqual(await walks.plain());
          // More than a tick of the file system's clock, which the real margin is far beyond.
          await sleep(12);
        }
      },
    ),
    { numRuns: 60 },
  );
});
