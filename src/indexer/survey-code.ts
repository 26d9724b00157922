import { CHUNKER_VERSION } from "../chunk/chunk-text.ts";
import type { IndexStore, SourceState } from "../store/index-store.ts";
import { walk, type WalkedFile, type WalkOptions, type WalkSkip } from "../workspace/walk.ts";
import { type Changes, findChanges } from "./changes.ts";
import { KnownFolders } from "./known-folders.ts";

export interface SurveyPorts {
  readonly store: IndexStore;
  readonly root: string;
  readonly maxFileBytes: number;
  readonly ignore: Omit<WalkOptions, "signal" | "onSkip" | "maxFileBytes">;
}

export interface SurveyOptions {
  /** Counts every file as changed, whatever stat says. */
  readonly full?: boolean;
  readonly signal: AbortSignal;
}

export interface Survey extends Changes {
  readonly folders: KnownFolders;
  /** What the index has of the paths in question. */
  readonly known: ReadonlyMap<string, SourceState>;
}

/**
 * Walks the workspace and compares it with the index by stat alone; changes nothing.
 * @throws what reading the root throws, and the signal's reason
 */
export async function surveyCode(ports: SurveyPorts, { full = false, signal }: SurveyOptions): Promise<Survey> {
  const { store, root, maxFileBytes } = ports;
  const folders = await KnownFolders.open(store, full);
  const skips: WalkSkip[] = [];
  const onSkip = (skip: WalkSkip) => skips.push(skip);
  const files: WalkedFile[] = [];
  for await (const batch of walk(root, { ...ports.ignore, maxFileBytes, signal, onSkip, folders: folders.memory })) {
    for (const file of batch) files.push(file);
  }
  const known = await folders.others(files, skips);
  const changes = findChanges(files, skips, known, { chunker: CHUNKER_VERSION, full });
  return { ...changes, unchanged: changes.unchanged + folders.unchanged, folders, known };
}
