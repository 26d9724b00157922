import type { Logger } from "../log.ts";
import { describeTranscripts, walkTranscripts } from "../transcripts/list-transcripts.ts";
import type { TranscriptFile } from "../transcripts/list-transcripts.ts";
import { transcriptFormat } from "../transcripts/read-transcript.ts";
import type { ImportOptions } from "./import-options.ts";
import { KnownLogs } from "./known-logs.ts";
import { findTranscriptChanges } from "./transcript-changes.ts";
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
  const onLog = options.verbose === true ? tellCheck(options.logger) : undefined;
  let known: KnownLogs | null = null;
  return {
    async sweep({ check, signal, paths = null }) {
      const started = performance.now();
      known ??= new KnownLogs(await options.store.transcriptStamps(), format);
      const index = known;
      const some = paths === null ? null : describeTranscripts(paths, options.roots);
      const listings = some === null ? walkTranscripts(options.roots, signal) : [some];
      const found = await findTranscriptChanges(listings, index, { full: check === "full", onLog });
      const sweep = new TranscriptSweep(options, trouble, (state) => index.note(state), signal);
      for (const problem of found.problems) sweep.note(problem);
      const altered = await sweep.findAltered(found.unchanged);
      for (const file of found.changed) await sweep.import(file);
      for (const file of altered) await sweep.import(file, { fromStart: true });
      await sweep.flush();
      if (some === null) await options.store.noteScan({ full: check === "full" });
      const { imported, chunks, bytesRead } = sweep;
      return {
        files: found.files,
        imported,
        gone: some === null ? found.gone : null,
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

function tellCheck(logger: Logger): (file: TranscriptFile, changed: boolean) => void {
  return ({ path }, changed) => logger.info("Checked", { path, changed });
}
