// As a library in one process, which is how the fastest peer is measured too, with the heap that the command line asks
// for; the command line adds its start-up to it.
import { keepHeapSmall } from "../../dist/heap.js";

export const packages = [];

export async function open({ project, home, embedderUrl }) {
  // As the command line does: before anything else is loaded.
  keepHeapSmall();
  const { openApp } = await import("../../dist/app.js");
  const { loadConfig } = await import("../../dist/config.js");
  const env = {
    CODELAB_HOME: home,
    EMBEDDING_PROVIDER: "openai-compatible",
    EMBEDDING_BASE_URL: embedderUrl,
    EMBEDDING_MODEL: "zero",
    EMBEDDING_DIMENSIONS: "384",
  };
  const config = loadConfig({ flags: { workspace: project }, env, cwd: project, homeDir: home });
  const app = await openApp(config);
  const signal = new AbortController().signal;
  const index = () => app.index({ full: false, lexicalOnly: false, signal, onEvent: () => {} });
  return {
    index: async () => {
      const { chunks, searchableMs } = await index();
      return { chunks, searchableMs };
    },
    check: index,
    search: (query) => app.search.search({ query, limit: 10 }, signal),
    peakMb: () => process.resourceUsage().maxRSS / 1024,
    close: () => app[Symbol.asyncDispose](),
  };
}
