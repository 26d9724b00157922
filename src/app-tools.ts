import type { App } from "./app.ts";
import type { ToolContext } from "./tools/context.ts";
import { listFiles } from "./workspace/list-files.ts";
import { readFile } from "./workspace/read-file.ts";
import { searchFiles } from "./workspace/search-files.ts";

/** The ports of the tools, over an open app. */
export function createToolContext(app: App): ToolContext {
  const { workspace, search, embedding } = app;
  return {
    files: {
      read: (request) => readFile(workspace, request),
      list: async (request, signal) => await listFiles(workspace, request, signal),
      search: async (request, signal) => await searchFiles(workspace, request, signal),
    },
    codeSearch: {
      search: async (query, signal) => {
        await embedding.find();
        return await search.search(query, signal);
      },
      similar: async (path, line, limit, signal) => {
        await embedding.find();
        return await search.similar(path, line, limit, signal);
      },
    },
    index: { status: async () => await app.status() },
  };
}
