import type { Resource } from "./resource.ts";

/** The whole output of a command, by pages; the result of the call shows only its head and tail. */
export const outputResource: Resource = {
  name: "output",
  title: "Output of a command",
  description: "What a command wrote, whole, by pages from 0: ID/PAGE as the command's result names it.",
  mimeType: "text/plain",
  uri: "codelab://output/",
  variable: "+page",
  read: async (rest, { commands }) => {
    const [id = "", page = "0", ...more] = rest.split("/");
    if (more.length > 0 || !/^\d{1,9}$/.test(page)) return null;
    const found = await commands.outputPage(id, Number(page));
    return found === null ? null : { text: found.text, mimeType: "text/plain" };
  },
};
