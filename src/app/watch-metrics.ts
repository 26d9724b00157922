import type { Metrics } from "../metrics.ts";
import type { WatchStatus } from "../watch/watcher.ts";

/** Adds what the watchers do to the metrics, one series for each memory. */
export function measureWatchers(metrics: Metrics, statuses: () => readonly WatchStatus[]): void {
  for (const [name, help, read] of SERIES) {
    metrics.gauge(`codelab_watcher_${name}`, help, () =>
      statuses().map((status) => [{ memory: status.name }, read(status)] as const),
    );
  }
}

const SERIES: readonly (readonly [name: string, help: string, read: (status: WatchStatus) => number])[] = [
  ["events", "Changes that the system reported.", ({ events }) => events],
  ["refreshes", "Times that the index was brought up to date.", ({ refreshes }) => refreshes],
  ["sweeps", "Times that everything was looked at.", ({ sweeps }) => sweeps],
  ["changed_files", "Files of which something was stored or removed.", ({ changed }) => changed],
  ["failures", "Refreshes that failed.", ({ failures }) => failures],
  [
    "refreshed_timestamp_seconds",
    "When the index was last brought up to date; 0 before the first time.",
    ({ refreshedAt }) => (refreshedAt ?? 0) / 1000,
  ],
  [
    "polling",
    "1 while the system reports no changes and folders are looked at in turns.",
    ({ isPolling }) => Number(isPolling),
  ],
  ["standby", "1 while another process does the work.", ({ isStandby }) => Number(isStandby)],
];
