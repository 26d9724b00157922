import type { App, IndexEvent } from "../app.ts";
import { UserError } from "../errors.ts";
import type { CommandInput } from "./command.ts";
import { createProgressBar } from "./progress.ts";

/** Makes searchable what changed since the last time; whoever holds the lease meanwhile does it for us. */
export async function refreshFirst(app: App, { printer, signal }: CommandInput): Promise<void> {
  const bar = createProgressBar(printer);
  const onEvent = (event: IndexEvent) => {
    if (event.stage === "reading") bar.update("Reading", event.done, event.total);
  };
  try {
    if (!(await app.isIndexed())) printer.err(`Indexing ${app.workspace.root} first …\n`);
    else if (!(await app.store.acquireLease())) return;
    // Words suffice for an answer now; `index` or a running server adds the embeddings.
    await app.index({ full: false, lexicalOnly: true, signal, onEvent }).finally(() => bar.clear());
    app.freshness = "fresh";
  } catch (error) {
    // A disk that takes no more still gives what it has, and so does a server whose key may only read.
    if (!(error instanceof UserError && error.code.startsWith("store."))) throw error;
    printer.err(`note: not brought up to date: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}\n`);
  }
}
