import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { makeDirectory } from "../../make-directory.ts";
import { messageOf, UserError } from "../../errors.ts";
import type { PinnedFile } from "../model-spec.ts";
import { mustHaveSha256 } from "./checksum.ts";
import type { OnProgress } from "./progress.ts";

/** Where the hub is unless `HF_ENDPOINT` says otherwise. */
const HUB = "https://huggingface.co";

/** A file whose size is not pinned may be this large before it is taken for something else. */
const UNKNOWN_SIZE_LIMIT = 64 << 20;

export interface HubOptions {
  /** Folder that keeps unfinished downloads, so that the next attempt goes on where this one stopped. */
  readonly partials: string;
  readonly activity: string;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Downloads a file from the model hub to `target`, going on where a former attempt stopped, and checks its sha256.
 * @throws UserError `embedding.download` or `embedding.checksum`; then `target` does not exist.
 */
export async function downloadFromHub(file: PinnedFile, target: string, options: HubOptions): Promise<void> {
  const env = options.env ?? process.env;
  const { repository, revision, path: inRepository } = file.hub;
  const url = `${(env["HF_ENDPOINT"] ?? HUB).replace(/\/+$/, "")}/${repository}/resolve/${revision}/${inRepository}`;
  const partial = path.join(options.partials, `${file.sha256}.part`);
  makeDirectory(options.partials);
  try {
    await receive(url, partial, file, options, env["HF_TOKEN"]);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new UserError("embedding.download", `cannot download ${url}: ${describe(error)}`, {
      hint: "Check the network; HF_ENDPOINT names a mirror of the hub, HF_TOKEN a token for it.",
      cause: error,
    });
  }
  try {
    await mustHaveSha256(partial, file.sha256, url);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await rename(partial, target);
}

async function receive(
  url: string,
  partial: string,
  file: PinnedFile,
  options: HubOptions,
  token: string | undefined,
): Promise<void> {
  const { size: already } = await stat(partial).catch(() => ({ size: 0 }));
  if (already > 0 && already === file.bytes) return;
  const limit = file.bytes ?? UNKNOWN_SIZE_LIMIT;
  const resume = already > 0 && already < limit;
  const response = await fetch(url, {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(resume ? { range: `bytes=${already}-` } : {}),
    },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  }
  const appending = response.status === 206;
  let done = appending ? already : 0;
  const count = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const piece of source) {
      done += piece.length;
      if (done > limit) throw new Error(`more than the expected ${limit} bytes came`);
      options.onProgress?.({ activity: options.activity, done, total: file.bytes ?? 0 });
      yield piece;
    }
  };
  await pipeline(Readable.fromWeb(response.body), count, createWriteStream(partial, { flags: appending ? "a" : "w" }));
  if (file.bytes !== null && done < file.bytes)
    throw new Error(`the connection ended after ${done} of ${file.bytes} bytes`);
}

/** `fetch` says only "fetch failed"; its cause says why. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${messageOf(error)}${cause}`;
}
