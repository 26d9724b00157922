import type { TranscriptFile, TranscriptListing, TranscriptProblem } from "../transcripts/list-transcripts.ts";
import type { KnownLogs } from "./known-logs.ts";

/** What differs between the logs on disk and those in the index, by size, time and inode alone. */
export interface TranscriptChanges {
  /** Logs looked at. */
  readonly files: number;
  /** Logs in the index that were not among them. */
  readonly gone: number;
  /** New logs and those that differ, the newest first: what is talked about now is searched for first. */
  readonly changed: readonly TranscriptFile[];
  /** The others, where they were asked for; never those that the user had forgotten. */
  readonly unchanged: readonly TranscriptFile[];
  readonly problems: readonly TranscriptProblem[];
}

export interface CompareOptions {
  /** Whether to name the unchanged ones too: thousands, of which a quick check keeps none. */
  readonly full: boolean;
  readonly onLog?: ((file: TranscriptFile, isChanged: boolean) => void) | undefined;
}

/** Compares logs, as they are found, with what the index remembers of them. */
export async function findTranscriptChanges(
  listings: AsyncIterable<TranscriptListing> | Iterable<TranscriptListing>,
  known: KnownLogs,
  { full, onLog }: CompareOptions,
): Promise<TranscriptChanges> {
  const changed: TranscriptFile[] = [];
  const unchanged: TranscriptFile[] = [];
  const problems: TranscriptProblem[] = [];
  let [files, present] = [0, 0];
  for await (const listing of listings) {
    // One by one: a folder of a hundred thousand unreadable logs would be too many arguments.
    for (const problem of listing.problems) problems.push(problem);
    files += listing.files.length;
    for (const file of listing.files) {
      const state = known.look(file);
      if (state !== "new") present += 1;
      const isChanged = state === "new" || state === "changed";
      if (isChanged) changed.push(file);
      else if (full && state === "same") unchanged.push(file);
      onLog?.(file, isChanged);
    }
  }
  changed.sort((a, b) => b.mtimeMs - a.mtimeMs);
  return { files, gone: known.count - present, changed, unchanged, problems };
}
