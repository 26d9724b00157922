import { CHUNKER_VERSION } from "../chunk/chunk-text.ts";
import type { FolderRecord, IndexBatch, IndexStore, SourceState } from "../store/index-store.ts";
import type { FolderMemory } from "../workspace/folder-memory.ts";
import type { WalkedFile, WalkSkip } from "../workspace/walk.ts";

/** So many sources are looked up one by one sooner than all are read. */
const FEW = 1_000;

/** What a check knows of directories: those found as remembered need neither be read nor compared file by file. */
export class KnownFolders {
  readonly #store: Pick<IndexStore, "sources" | "source" | "folders">;
  readonly #remembered: ReadonlyMap<string, FolderRecord>;
  readonly #recalled: FolderRecord[] = [];
  readonly #read: FolderRecord[] = [];
  readonly #doubtful = new Set<string>();
  #unchanged = 0;

  private constructor(
    store: Pick<IndexStore, "sources" | "source" | "folders">,
    remembered: Map<string, FolderRecord>,
  ) {
    this.#store = store;
    this.#remembered = remembered;
  }

  /** @param full whether nothing remembered counts */
  static async open(store: Pick<IndexStore, "sources" | "source" | "folders">, full: boolean): Promise<KnownFolders> {
    return new KnownFolders(store, full ? new Map() : ((await store.folders?.all()) ?? new Map()));
  }

  /** Files that are as they were indexed, in directories found as remembered. */
  get unchanged(): number {
    return this.#unchanged;
  }

  /** For the walk. */
  get memory(): FolderMemory {
    return {
      salt: CHUNKER_VERSION,
      recall: (path) => this.#remembered.get(path),
      onRecalled: (facts, yielded) => {
        this.#recalled.push(facts);
        this.#unchanged += facts.files.length - yielded;
      },
      onRead: (facts) => this.#read.push(facts),
    };
  }

  /**
   * What the index has of everything but the unchanged files of directories found as remembered, after the walk: of the
   * files walked, of what was skipped, and of what is gone.
   */
  async others(walked: readonly WalkedFile[], skips: readonly WalkSkip[]): Promise<Map<string, SourceState>> {
    const store = this.#store;
    const paths = [...walked, ...skips].map(({ path }) => path);
    if (this.#recalled.length > 0 && paths.length <= FEW) {
      const states = await Promise.all(paths.map((path) => store.source(path)));
      const known = new Map(states.flatMap((state) => (state === null ? [] : [[state.path, state]])));
      // Every other source is one that is gone.
      if ((await store.folders?.countSources()) === this.#unchanged + known.size) return known;
    }
    const known = await store.sources();
    const seen = new Set(paths);
    for (const { path, files } of this.#recalled) {
      for (const name of files) if (!seen.has(path + name)) known.delete(path + name);
    }
    return known;
  }

  /** Takes note of what became of changed files: a directory is remembered only if it was indexed as it was walked. */
  note({ put, touch, remove }: IndexBatch, walked: ReadonlyMap<string, WalkedFile>): void {
    for (const path of remove) this.#doubtful.add(folderOf(path));
    for (const state of [...touch, ...put.map((update) => update.state)]) {
      const file = walked.get(state.path);
      const isSame = file?.size === state.size && file.mtimeMs === state.mtimeMs && file.inode === state.inode;
      if (!isSame) this.#doubtful.add(folderOf(state.path));
    }
  }

  /** Remembers the directories that were read, once everything walked is indexed. */
  async remember(): Promise<void> {
    await this.#store.folders?.put(this.#read.filter(({ path }) => !this.#doubtful.has(path)));
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
