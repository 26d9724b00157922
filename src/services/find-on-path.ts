import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** The file that a program's name stands for on PATH; null where there is none. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string | null {
  const endings = process.platform === "win32" ? (env["PATHEXT"] ?? ".EXE;.CMD;.BAT").split(";") : [""];
  for (const directory of (env["PATH"] ?? "").split(path.delimiter)) {
    // An entry that is empty or relative would find what lies in whatever directory one happens to be in.
    if (!path.isAbsolute(directory)) continue;
    const found = endings.map((ending) => path.join(directory, name + ending)).find(isProgram);
    if (found !== undefined) return found;
  }
  return null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
