import type { App } from "../app.ts";
import type { CommandInput } from "./command.ts";
import { createProgressBar } from "./progress.ts";

/** Makes searchable what changed since the last time; whoever holds the lease meanwhile does it for us. */
export async function refreshFirst(app: App, { printer, signal }: CommandInput): Promise<void> {
  if (!(await app.isIndexed())) printer.err(`Indexing ${app.workspace.root} first …\n`);
  else if (!(await app.store.acquireLease())) return;
  const bar = createProgressBar(printer);
  // Words suffice for an answer now; `index` or a running server adds the embeddings.
  await app
    .index({
      full: false,
      lexicalOnly: true,
      signal,
      onEvent: (event) => {
        if (event.stage === "reading") bar.update("Reading", event.done, event.total);
      },
    })
    .finally(() => bar.clear());
  app.freshness = "fresh";
}
