import { RESULT_CHARS } from "../tools/limits.ts";
import type { Resource } from "./resource.ts";

/** A file of the workspace, with the limits and the guards of `read_file`. */
export const fileResource: Resource = {
  name: "file",
  title: "File of the workspace",
  description: `A text file by its path in the workspace; at most ${RESULT_CHARS} characters, read_file goes on.`,
  mimeType: "text/plain",
  uri: "codelab://files/",
  variable: "+path",
  countsAsFileOperation: true,
  read: async (path, { files }) => ({ text: files.read({ path }).text, mimeType: "text/plain" }),
};
