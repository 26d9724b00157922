import { access, constants, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { makeDirectory } from "./make-directory.ts";
import { hasErrno } from "./errors.ts";

/** Makes an empty file (0600) and its directories (0700) where they are not there; throws what the file system says. */
export async function createPrivately(path: string): Promise<void> {
  try {
    makeDirectory(dirname(path), 0o700);
  } catch (thrown) {
    // Where nothing can be written, Node says that what it was to make is not there.
    if (hasErrno(thrown, "ENOENT")) await access(await nearestThere(dirname(path)), constants.W_OK);
    throw thrown;
  }
  await (await open(path, "a", 0o600)).close();
}

async function nearestThere(directory: string): Promise<string> {
  const isThere = await stat(directory).then(
    () => true,
    () => false,
  );
  return isThere || dirname(directory) === directory ? directory : nearestThere(dirname(directory));
}
