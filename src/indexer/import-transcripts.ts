import type { Logger } from "../log.ts";
import type { SourceStamp } from "../store/index-store.ts";
import { describeTranscripts, listTranscripts } from "../transcripts/list-transcripts.ts";
import type { TranscriptFile } from "../transcripts/list-transcripts.ts";
import { transcriptFormat } from "../transcripts/read-transcript.ts";
import type { ImportOptions, TranscriptStore } from "./import-options.ts";
import { TranscriptSweep } from "./transcript-sweep.ts";
import { TroubleLog } from "./trouble-log.ts";

export interface SweepOptions {
  /** `quick` trusts size, time and inode; `full` reads the logs again and compares digests. */
  readonly check: "quick" | "full";
  /** Absolute paths of the logs to look at, where only some can have changed; null or absent: all. */
  readonly paths?: readonly string[] | null;
  readonly signal?: AbortSignal;
}

/** One sweep in numbers. */
export interface ImportSummary {
  /** Logs looked at. */
  readonly files: number;
  /** Logs of which something was stored. */
  readonly imported: number;
  /** Logs in the index that are no longer on the disk: they stay readable. Null when only some were looked at. */
  readonly gone: number | null;
  readonly chunks: number;
  readonly bytesRead: number;
  /** Places that could not be read, and why. */
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
  readonly tookMs: number;
}

/** Brings the index up to the logs on disk, sweep after sweep. */
export interface TranscriptImporter {
  /** @throws what the store throws, and the signal's reason when it is aborted; what was stored before stays. */
  sweep(options: SweepOptions): Promise<ImportSummary>;
  /** Forgets what it remembers of the index: to be called when another process may have written to it. */
  reset(): void;
}

/**
 * An importer into one index. Between sweeps it remembers what the index holds, so that a sweep over unchanged logs
 * costs little more than looking at them; only the holder of the writer's lease may sweep.
 */
export function createTranscriptImporter(options: ImportOptions): TranscriptImporter {
  const format = transcriptFormat(options.cut);
  const trouble = new TroubleLog(options.logger);
  let known: Map<string, KnownLog> | null = null;
  return {
    async sweep({ check, signal, paths = null }) {
      const started = performance.now();
      known ??= await loadKnown(options.store);
      const index = known;
      const some = paths === null ? null : describeTranscripts(paths, options.roots);
      const { files, problems } = some ?? (await listTranscripts(options.roots, signal));
      const sweep = new TranscriptSweep(options, trouble, (state) => index.set(state.path, toKnown(state)), signal);
      for (const problem of problems) sweep.note(problem);
      const changed = files.filter((file) => isChanged(file, index.get(file.path), format));
      if (options.verbose === true) logChecks(options.logger, files, new Set(changed));
      const altered = check === "full" ? await sweep.findAltered(unchanged(files, index, format)) : [];
      // What is talked about now is searched for first.
      for (const file of changed.sort((a, b) => b.mtimeMs - a.mtimeMs)) await sweep.import(file);
      for (const file of altered) await sweep.import(file, { fromStart: true });
      await sweep.flush();
      if (some === null) await options.store.noteScan({ full: check === "full" });
      const { imported, chunks, bytesRead } = sweep;
      return {
        files: files.length,
        imported,
        gone: some === null ? countGone(index, files) : null,
        chunks,
        bytesRead,
        problems: sweep.problems,
        tookMs: performance.now() - started,
      };
    },
    reset() {
      known = null;
    },
  };
}

/** The part of a source's state by which a change is seen. */
type KnownLog = Pick<SourceStamp, "size" | "mtimeMs" | "inode" | "chunker" | "skipped">;

async function loadKnown(store: TranscriptStore): Promise<Map<string, KnownLog>> {
  const known = new Map<string, KnownLog>();
  for (const stamp of await store.stamps()) if (stamp.language === "conversation") known.set(stamp.path, stamp);
  return known;
}

/** Without what a state carries beside it: thousands are kept. */
function toKnown({ size, mtimeMs, inode, chunker, skipped }: SourceStamp): KnownLog {
  return { size, mtimeMs, inode, chunker, skipped };
}

function isForgotten({ skipped }: KnownLog): boolean {
  return skipped === "forgotten";
}

function isChanged(file: TranscriptFile, known: KnownLog | undefined, format: string): boolean {
  if (known === undefined) return true;
  if (isForgotten(known)) return false;
  const isSameFile = file.size === known.size && file.mtimeMs === known.mtimeMs && file.inode === known.inode;
  return !isSameFile || known.chunker !== format;
}

function unchanged(files: readonly TranscriptFile[], index: ReadonlyMap<string, KnownLog>, format: string) {
  return files.filter((file) => {
    const known = index.get(file.path);
    return known !== undefined && !isForgotten(known) && !isChanged(file, known, format);
  });
}

function logChecks(logger: Logger, files: readonly TranscriptFile[], changed: ReadonlySet<TranscriptFile>): void {
  for (const file of files) logger.info("Checked", { path: file.path, changed: changed.has(file) });
}

function countGone(index: ReadonlyMap<string, KnownLog>, files: readonly TranscriptFile[]): number {
  let present = 0;
  for (const file of files) if (index.has(file.path)) present += 1;
  return index.size - present;
}
