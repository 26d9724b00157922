import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { JournalFiles } from "../../src/approval/journal.ts";
import { hasErrno } from "../../src/errors.ts";

/** Plain files below a directory, written the way the workspace writes them: temporary file, sync, rename. */
export function diskFiles(root: string): JournalFiles {
  const at = (file: string) => path.join(root, file);
  return {
    async read(file) {
      try {
        return { content: await readFile(at(file)), mode: (await stat(at(file))).mode & 0o777 };
      } catch (error) {
        if (hasErrno(error, "ENOENT")) return null;
        throw error;
      }
    },
    async write(file, { content, mode }) {
      await mkdir(path.dirname(at(file)), { recursive: true });
      const draft = `${at(file)}.tmp`;
      const handle = await open(draft, "w", mode);
      await handle.writeFile(content);
      await handle.sync();
      await handle.close();
      await chmod(draft, mode);
      await rename(draft, at(file));
    },
    remove: (file) => rm(at(file)),
  };
}
