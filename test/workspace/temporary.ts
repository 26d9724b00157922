import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import { type WalkOptions, type WalkSkip, walk } from "../../src/workspace/walk.ts";

/** A fresh directory that is gone after the file's tests. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-workspace-")));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes files (path -> content) below `root`, with their directories. */
export function writeTree(root: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  return root;
}

/** All paths that a walk yields, sorted, and what it skipped as `reason path`. */
export async function walkAll(root: string, options: WalkOptions = {}): Promise<{ paths: string[]; skips: string[] }> {
  const paths: string[] = [];
  const skips: WalkSkip[] = [];
  for await (const batch of walk(root, { ...options, onSkip: (skip) => skips.push(skip) })) {
    paths.push(...batch.map((file) => file.path));
  }
  return { paths: paths.toSorted(), skips: skips.map(({ path: at, reason }) => `${reason} ${at}`).toSorted() };
}
