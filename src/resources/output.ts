import type { Resource } from "./resource.ts";

/** The whole output of a command, by pages; the result of the call shows only its beginning and end. */
export const outputResource: Resource = {
  name: "output",
  title: "Output of a command",
  description: "What a command wrote, by its id as the command's result names it; a page ends by naming the next.",
  mimeType: "text/plain",
  uri: "codelab://output/",
  variable: "+id",
  read: async (rest, { commands }) => {
    const match = /^([\w-]{1,64})(?:\/(\d{1,12}))?$/.exec(rest);
    if (match?.[1] === undefined) return null;
    const [, id, offset = "0"] = match;
    const page = await commands.outputPage(id, Number(offset));
    if (page === null) return null;
    const more = page.next === null ? "" : `\n\nMore: codelab://output/${id}/${page.next}`;
    return { text: `${page.text}${more}`, mimeType: "text/plain" };
  },
};
