import type { Resource } from "./resource.ts";

/** The index's report as JSON, for clients that attach it or poll it. */
export const indexStatusResource: Resource = {
  name: "index_status",
  title: "Index status",
  description: "What is indexed, how far, and what was left out and why.",
  mimeType: "application/json",
  uri: "codelab://index",
  read: async (_rest, { index }) => ({ text: JSON.stringify(await index.status()), mimeType: "application/json" }),
};
