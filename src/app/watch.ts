import type { App } from "../app.ts";
import { codeSubject } from "../indexer/code-subject.ts";
import { embedPending } from "../indexer/embed-pending.ts";
import { conversationSubject } from "../indexer/transcript-subject.ts";
import { isMachineBusy } from "../watch/busy.ts";
import type { WatchSubject } from "../watch/subject.ts";
import { Watcher, type WatchOptions, type WatchStatus } from "../watch/watcher.ts";

export interface BackgroundOptions {
  readonly conversations: boolean;
  readonly signal: AbortSignal;
}

/** Both memories, kept fresh in the background. */
export interface Background {
  /** Ends when the signal is aborted. */
  readonly done: Promise<void>;
  /** Resolves once the code's index is up to date for the first time; never where it comes to nothing. */
  readonly fresh: Promise<void>;
  readonly statuses: () => WatchStatus[];
}

/**
 * Keeps the code's index, and where wanted the conversations', fresh until the signal is aborted. Any number of processes
 * may do so; one of them works. The model is downloaded when the first text waits for its vector.
 */
export async function keepFresh(app: App, { conversations, signal }: BackgroundOptions): Promise<Background> {
  const { config, embedding, store, log } = app;
  const options: WatchOptions = {
    logger: log,
    importInterval: config.importInterval,
    fullCheckInterval: config.forceFullCheckInterval,
    quickCheckOnly: config.quickCheckOnly,
    logStatsEvery: config.logStatsEvery,
    isBusy: isMachineBusy,
  };
  const ready = async (ended: AbortSignal) => await embedding.open(() => {}, ended);
  const code = codeSubject(app.sync, async (ended) => {
    const embedder = await ready(ended);
    if (embedder !== null && app.roo.embedsOwn) {
      const stage = embedPending({ store, embedder }, { batchSize: config.embeddingBatchSize, signal: ended });
      while ((await stage.next()).done !== true);
      await app.roo.write(embedder, { signal: ended });
    }
    await store.settle?.({ signal: ended });
  });
  let isFresh: () => void = () => {};
  const fresh = new Promise<void>((resolve) => (isFresh = resolve));
  const tell = (freshness: App["freshness"]) => {
    app.freshness = freshness;
    if (freshness === "fresh") isFresh();
  };
  const watchers = [new Watcher(told(code, tell), options)];
  if (conversations) {
    const memory = await app.conversations();
    const subject = conversationSubject({
      roots: memory.roots,
      importer: memory.importer,
      store: memory.store,
      embed: async (ended) => {
        if ((await ready(ended)) !== null) await memory.embed(ended);
        else await memory.store.settle?.({ signal: ended });
      },
    });
    watchers.push(
      new Watcher(
        told(subject, (freshness) => (memory.freshness = freshness)),
        options,
      ),
    );
  }
  const runs = watchers.map(async (watcher) => await watcher.run(signal));
  return { done: Promise.all(runs).then(() => {}), fresh, statuses: () => watchers.map((watcher) => watcher.status) };
}

/** The subject, with whether it is up to date told to whoever answers searches. */
function told(subject: WatchSubject, tell: (freshness: "fresh" | "updating" | "stale") => void): WatchSubject {
  return {
    ...subject,
    acquireLease: async () => {
      const mine = await subject.acquireLease();
      // Another process that holds the lease keeps the index fresh for all, once it has made it.
      if (!mine) tell((await subject.checkedAt()) === null ? "updating" : "fresh");
      return mine;
    },
    refresh: async (request) => {
      tell("updating");
      try {
        const summary = await subject.refresh(request);
        tell("fresh");
        return summary;
      } catch (error) {
        tell("stale");
        throw error;
      }
    },
  };
}
