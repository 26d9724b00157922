import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeTree } from "../write-tree.ts";

/** A folder for one test of the watcher. */
export class WatchPlace implements Disposable {
  readonly path = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-watch-")));

  write(name: string, text = "x"): string {
    return path.join(writeTree(this.path, { [name]: text }), name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Waits until `holds` holds; fails with what `describe` says when it never does. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  describe: () => unknown = () => "",
): Promise<void> {
  for (let round = 0; round < 3_000; round += 1) {
    if (await holds()) return;
    await sleep(10);
  }
  throw new Error(`it never came to be: ${JSON.stringify(describe())}`);
}
