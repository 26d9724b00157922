import { aborted } from "../aborted.ts";
import path from "node:path";
import { DEFAULT_MODEL, modelNamed } from "../embed/catalogue.ts";
import { clientConfig } from "../embed/service/client-config.ts";
import { createEmbeddingService } from "../embed/service/embedding-service.ts";
import { announceService } from "../embed/service/announcement.ts";
import { openVectorCache, type VectorCache } from "../embed/vector-cache.ts";
import { UserError, messageOf } from "../errors.ts";
import { listen } from "../http.ts";
import { isLoopback } from "../http-guard.ts";
import { createLogger, type Logger } from "../log.ts";
import type { Config } from "../settings.ts";
import { productVersion } from "../version.ts";

export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

export interface ServeEmbeddingsOptions extends ServiceAddress {
  /** Whether computed vectors are kept. */
  readonly cached: boolean;
  readonly signal: AbortSignal;
  /** Told the address once requests are answered. */
  readonly onListening: (origin: string) => void;
  /** Told which model is loaded once it is. */
  readonly onReady: (model: string) => void;
}

/** Roo's largest request holds the blocks of a whole file; this leaves room for the largest file we index. */
const MAX_BODY_BYTES = 32_000_000;
const CACHE_BYTES = 1_000_000_000;
/** Requests under way may finish for so long after the signal to stop: ten of an editor's batches on a slow machine. */
const GRACE_MS = 120_000;

/** Sees to it, before anything is downloaded, that there is a key where other machines can reach the service. */
export function expectKey({ embeddingApiKey }: Config, host: string): void {
  if (isLoopback(host) || embeddingApiKey !== undefined) return;
  const hint = "Set EMBEDDING_API_KEY, or listen on 127.0.0.1.";
  throw new UserError("service.needs-token", `${host} can be reached from other machines, and no key is set.`, {
    hint,
  });
}

/** Runs the embedding service until the signal aborts; requests under way are answered first. */
export async function serveEmbeddings(config: Config, options: ServeEmbeddingsOptions): Promise<void> {
  const log = createLogger(config.logLevel);
  const { home, deviceType, embeddingApiKey, embeddingModel, cpuThreads, maxWorkers } = config;
  const file = path.join(home, "vectors.db");
  using cache = options.cached ? await openCache(file, log) : null;
  await using service = createEmbeddingService({
    home,
    log,
    cache,
    defaultModel: embeddingModel,
    overflow: config.embeddingOverflow,
    residentLimitBytes: config.embeddingWorkerMb * 2 ** 20,
    apiKey: embeddingApiKey,
    device: deviceType,
    threads: cpuThreads,
    workers: maxWorkers,
    version: productVersion(),
  });
  const { host, port, signal } = options;
  const bearer = embeddingApiKey === undefined ? null : { token: embeddingApiKey, isOpen: () => true };
  // The key guards every path that tells anything, so that any name of this machine may be used from others.
  const anyHost = !isLoopback(host);
  await using server = await listen({
    host,
    port,
    plain: service.handle,
    log,
    bearer,
    anyHost,
    maxBodyBytes: MAX_BODY_BYTES,
  });
  // Other processes of this user use the model that is loaded here; beyond this machine nobody is told.
  using _announced = isLoopback(host) ? announce(home, server.origin, log) : null;
  options.onListening(server.origin);
  service.warmUp().then(
    () => {
      const { name, dimensions } = modelNamed(embeddingModel ?? DEFAULT_MODEL);
      options.onReady(`${name} (${dimensions} dimensions)`);
    },
    (error: unknown) => {
      const hint = error instanceof UserError ? error.hint : undefined;
      log.warn("The model is not ready; requests for it are answered with an error.", {
        cause: messageOf(error),
        hint,
      });
    },
  );
  await aborted(signal);
  await server.close(GRACE_MS);
}

/** A disk that is full or read-only costs speed, not the service. */
async function openCache(file: string, log: Logger): Promise<VectorCache | null> {
  try {
    return await openVectorCache({ file, limitBytes: CACHE_BYTES, log });
  } catch (error) {
    log.warn("The vector cache cannot be opened; going on without it.", { cause: messageOf(error) });
    return null;
  }
}

function announce(home: string, origin: string, log: Logger): Disposable | null {
  try {
    return announceService(home, origin);
  } catch (error) {
    log.warn("Other processes cannot be told of the service.", { cause: messageOf(error) });
    return null;
  }
}

/**
 * How a client is configured to use the service at this address.
 * @throws UserError `request.unknown-client` naming the known ones.
 */
export function describeClient(config: Config, client: string, { host, port }: ServiceAddress): string {
  const { name, dimensions } = modelNamed(config.embeddingModel ?? DEFAULT_MODEL);
  const origin = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
  return clientConfig(client, { origin, model: name, dimensions, apiKey: config.embeddingApiKey ?? null });
}
