/** What runs in the background, in the order in which it is started. */
export const SERVICE_NAMES = ["qdrant", "embeddings", "watcher"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Whether a service does its work: `down` when nothing answers, `foreign` when what answers cannot be used. */
export interface Readiness {
  readonly state: "ready" | "loading" | "down" | "foreign";
  /** What it is, or what it waits for, in words for people. */
  readonly detail: string;
}

/** How a process is started. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Run after it ended, and before it starts, to clear away what a killed one left; its failure does not matter. */
  readonly cleanUp?: { readonly program: string; readonly args: readonly string[] };
}

/** One background service, as data. */
export interface ServiceSpec {
  readonly name: ServiceName;
  /** Names its files; several services of one name differ in it. */
  readonly key: string;
  /** Where it answers; null for one that nobody calls. */
  readonly url: string | null;
  /** What to set so that it answers elsewhere. */
  readonly setting: string | null;
  /** How to start it; a string says why it cannot be started here. */
  readonly launch: Launch | string;
  /** `log` is what the process has written since it started; empty where it is not ours. */
  readonly probe: (log: string) => Promise<Readiness>;
  /** What must be on this machine before it starts, such as a model; tells its progress. */
  readonly prepare?: (onProgress: (detail: string) => void, signal: AbortSignal) => Promise<void>;
}

/** How a service is, as `services status` tells it. */
export interface ServiceStatus {
  readonly name: ServiceName;
  /** `blocked`: something else answers in its place; `failed`: it was to be started and could not be. */
  readonly state: "running" | "starting" | "stopped" | "blocked" | "failed";
  /** Whether `services` started it, and may stop it. */
  readonly managed: boolean;
  readonly detail: string;
  readonly url: string | null;
  readonly pid: number | null;
  /** ISO 8601; null where it is not running or not ours. */
  readonly since: string | null;
  readonly log: string;
}
