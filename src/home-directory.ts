import os from "node:os";
import path from "node:path";

/**
 * The user's own directory, absolute: as the environment says, else as the system's list of users does. Null where neither
 * knows one, as for a container's user that has a number only. An empty or relative HOME would lead into the project.
 */
export function homeDirectory(): string | null {
  for (const read of [() => os.homedir(), () => os.userInfo().homedir]) {
    try {
      const directory = read();
      if (path.isAbsolute(directory)) return directory;
    } catch {
      // Asked in another way, or not at all.
    }
  }
  return null;
}
