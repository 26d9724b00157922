import { statSync } from "node:fs";
import path from "node:path";

export interface ProgramSearch {
  /** Directory in which the command will run. */
  readonly cwd: string;
  /** The variable PATH that it will have. */
  readonly searchPath: string;
  /** Extensions of programs, as in PATHEXT; Windows only. */
  readonly extensions?: string;
  readonly platform?: NodeJS.Platform;
}

/**
 * Absolute path of the file that a program's name stands for, as the system would find it; null where there is none.
 * Links are not followed: many programs go by the name that they are called by.
 */
export function findProgram(name: string, search: ProgramSearch): string | null {
  const { cwd, searchPath, extensions = ".COM;.EXE;.BAT;.CMD", platform = process.platform } = search;
  const isWindows = platform === "win32";
  const hasDirectory = name.includes("/") || (isWindows && name.includes("\\"));
  const listed = searchPath.split(isWindows ? ";" : ":").map((directory) => path.resolve(cwd, directory));
  // Windows looks where the command runs before it looks anywhere else.
  const directories = hasDirectory ? [cwd] : isWindows ? [cwd, ...listed] : listed;
  const endings = isWindows ? ["", ...extensions.toLowerCase().split(";")] : [""];
  for (const directory of directories) {
    for (const ending of endings) {
      const file = path.resolve(directory, name + ending);
      if (isProgram(file, isWindows)) return file;
    }
  }
  return null;
}

function isProgram(file: string, isWindows: boolean): boolean {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats?.isFile() === true && (isWindows || (stats.mode & 0o111) !== 0);
  } catch {
    // A directory of PATH that may not be looked into, or is none, has no program for us.
    return false;
  }
}
