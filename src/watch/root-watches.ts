import { statSync } from "node:fs";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { watchFolder } from "./folder-watch.ts";
import type { FolderWatch } from "./folder-watch.ts";
import type { WatchSubject } from "./subject.ts";

export interface RootEvents {
  readonly onChange: (path: string | null) => void;
  /** From now on some changes are not reported: look at everything often. Told once. */
  readonly onPolling: () => void;
}

interface RootWatch {
  readonly watch: FolderWatch;
  readonly identity: string;
}

/** The watches over a subject's roots: begun when a root appears, begun anew when it or its rules were replaced. */
export class RootWatches implements AsyncDisposable {
  readonly #subject: WatchSubject;
  readonly #logger: Logger;
  readonly #events: RootEvents;
  readonly #begin: typeof watchFolder;
  readonly #watches = new Map<string, RootWatch>();
  readonly #stale = new Set<string>();
  #isPolling = false;

  /** `begin` starts the watch over one root; tests hand in one that fails. */
  constructor(subject: WatchSubject, logger: Logger, events: RootEvents, begin = watchFolder) {
    this.#subject = subject;
    this.#logger = logger;
    this.#events = events;
    this.#begin = begin;
  }

  /** Compares the watches with the roots as they are now. */
  async check(): Promise<void> {
    for (const root of this.#subject.roots) {
      const watched = this.#watches.get(root);
      const identity = identityOf(root);
      if (watched !== undefined && watched.identity === identity && !this.#stale.has(root)) continue;
      if (watched !== undefined) {
        this.#watches.delete(root);
        await watched.watch[Symbol.asyncDispose]();
        // What happened between the old watch and the new one nobody reported.
        this.#events.onChange(null);
      }
      this.#stale.delete(root);
      if (identity !== null && !this.#isPolling) await this.#watch(root, identity);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { watch } of this.#watches.values()) await watch[Symbol.asyncDispose]();
    this.#watches.clear();
  }

  async #watch(root: string, identity: string): Promise<void> {
    try {
      const takes = await this.#subject.openFilter(root);
      const watch = this.#begin(root, takes, {
        onChange: this.#events.onChange,
        onRulesChange: () => {
          this.#stale.add(root);
          this.#events.onChange(null);
        },
        onTrouble: (kind, reason) => this.#onTrouble(root, kind, reason),
      });
      this.#watches.set(root, { watch, identity });
      // A sweep goes on while folders are still being added to the watch: what it was too early for is seen now.
      void watch.ready.then(() => this.#events.onChange(null));
    } catch (error) {
      this.#onTrouble(root, "other", messageOf(error));
    }
  }

  #onTrouble(root: string, kind: "limit" | "other", reason: string): void {
    if (kind === "other") {
      this.#logger.debug("A folder cannot be watched", { root, reason });
      this.#events.onChange(null);
      return;
    }
    if (this.#isPolling) return;
    this.#isPolling = true;
    // The watch that is there goes on reporting what it can.
    const hint = "raise fs.inotify.max_user_watches to be told of changes at once";
    this.#logger.warn("The system watches no more folders: they are looked at every few seconds instead", {
      root,
      reason,
      hint,
    });
    this.#events.onPolling();
  }
}

/** Tells a folder from another one that took its place; null while there is none that can be looked at. */
function identityOf(root: string): string | null {
  try {
    const stats = statSync(root);
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : null;
  } catch {
    return null;
  }
}
