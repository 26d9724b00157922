import { READ_LINES, RESULT_CHARS } from "../tools/limits.ts";
import type { Resource } from "./resource.ts";

/** A file of the workspace, with the limits and the guards of `read_file`. */
export const fileResource: Resource = {
  name: "file",
  title: "File of the workspace",
  description: `A text file by its path in the workspace; at most ${READ_LINES} lines and ${RESULT_CHARS} characters, read_file goes on.`,
  mimeType: "text/plain",
  uri: "codelab://files/",
  variable: "+path",
  countsAsFileOperation: true,
  read: async (path, { files }, { signal }) => {
    const slice = await files.read({ path, startLine: 1, endLine: READ_LINES, maxChars: RESULT_CHARS }, signal);
    return { text: slice.text, mimeType: "text/plain" };
  },
};
