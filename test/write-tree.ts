import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Writes files (path -> content) below `root`, with their directories; returns `root`. */
export function writeTree(root: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return root;
}
