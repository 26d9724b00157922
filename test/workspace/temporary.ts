import { mkdtempSync, realpathSync, rmSync } from "node:fs";
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

/** Whether something could be done: a generated name may already be taken by a directory, or a directory's by a file. */
export function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
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
