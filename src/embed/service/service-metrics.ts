import { monitorEventLoopDelay } from "node:perf_hooks";
import { createMetrics } from "../../metrics.ts";
import type { Counter, Histogram, Metrics } from "../../metrics.ts";
import type { TextsEngine } from "./embed-texts.ts";

/** What the service counts, under the names that Text Embeddings Inference's dashboards know where they match. */
export interface ServiceMetrics {
  readonly registry: Metrics;
  readonly requests: Counter;
  readonly failures: Counter;
  readonly texts: Counter;
  readonly tokens: Counter;
  readonly cacheHits: Counter;
  readonly seconds: Histogram;
  /** Stops measuring the event loop. */
  end(): void;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Each measurement wakes the process: fifty a second, as is usual, would be what an idle service mostly does. */
const LAG_EVERY_MS = 500;

export function createServiceMetrics({ cache, admissions, flights }: TextsEngine): ServiceMetrics {
  const registry = createMetrics();
  const delay = monitorEventLoopDelay({ resolution: LAG_EVERY_MS });
  delay.enable();
  registry.gauge("te_queue_tokens", "Tokens that wait or are computed, as estimated", () => admissions.waitingTokens);
  registry.gauge("te_queue_size", "Distinct texts that wait or are computed", () => flights.size);
  registry.gauge("te_tokens_per_second", "Tokens computed a second while there was work", () => admissions.rate);
  registry.gauge("te_cache_entries", "Vectors in the cache", () => cache?.stats().entries ?? 0);
  registry.gauge("process_resident_memory_bytes", "Resident memory of the server, workers apart", () =>
    process.memoryUsage.rss(),
  );
  registry.gauge("nodejs_eventloop_lag_p99_seconds", "Delay of the event loop, 99th percentile", () => {
    const seconds = (delay.percentile(99) / 1e6 - LAG_EVERY_MS) / 1_000;
    return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
  });
  return {
    registry,
    requests: registry.counter("te_request_count", "Requests for embeddings, by model"),
    failures: registry.counter("te_request_failure", "Requests answered with an error, by status"),
    texts: registry.counter("te_embed_count", "Texts embedded, those from the cache included"),
    tokens: registry.counter("te_embed_tokens", "Tokens computed"),
    cacheHits: registry.counter("te_cache_hits", "Texts answered from the cache or within their own request"),
    seconds: registry.histogram("te_request_duration", "Seconds from a request to its answer", SECONDS),
    end: () => delay.disable(),
  };
}
