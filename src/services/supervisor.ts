import { type ChildProcess, spawn, type SpawnOptions, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDirectory } from "../make-directory.ts";
import { hasErrno, UserError } from "../errors.ts";
import type { Database } from "../sqlite.ts";
import { ProcessTree } from "../workspace/process-tree.ts";
import {
  findMarked,
  isAlive,
  MARK,
  type PidRecord,
  readPidFile,
  removePidFile,
  startOf,
  writePidFile,
} from "./pid-file.ts";
import type { Launch, ServiceSpec, ServiceStatus } from "./service.ts";

export interface StartOptions {
  /** Longest wait for it to be ready, in milliseconds; 0 does not wait. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (detail: string) => void;
}

const POLL_MS = 100;
/** A log larger than this is put aside at the next start; one former log is kept. */
const LOG_BYTES = 5_000_000;
/** As much of a log's end as tells why a service failed, and as an error can show. */
const LOG_TAIL_BYTES = 2_000;
const LOG_READ_BYTES = 1_000_000;

/**
 * Starts, stops and describes background services by what is on disk and what runs: pid files and logs in one directory.
 * Whoever starts a service may die; the service and the knowledge of it stay.
 */
export class Supervisor {
  readonly #directory: string;
  readonly #lock: Database;

  /** `lock` serialises starts among processes: its transactions exclude each other, and end with whoever dies. */
  constructor(directory: string, lock: Database) {
    this.#directory = directory;
    this.#lock = lock;
  }

  async status(spec: ServiceSpec): Promise<ServiceStatus> {
    const record = this.#record(spec);
    const managed = record !== null && isAlive(record);
    const { state, detail } = await spec.probe(managed ? this.#output(spec, record) : "");
    // What answered may have been started while it was asked, by another process of ours.
    if (!managed && state !== "down" && this.#isManaged(spec)) return await this.status(spec);
    const told = { name: spec.name, managed, detail, url: spec.url, pid: null, since: null, log: this.#logFile(spec) };
    if (managed) {
      const { pid, since } = record;
      return { ...told, state: state === "ready" ? "running" : "starting", pid, since };
    }
    if (state === "foreign") return { ...told, state: "blocked" };
    if (state !== "down") {
      const started = typeof spec.launch === "string" ? "" : "; not started by `services`";
      return { ...told, state: state === "ready" ? "running" : "starting", detail: detail + started };
    }
    const ended = record === null ? detail : `ended unexpectedly (it was process ${record.pid})`;
    return { ...told, state: "stopped", detail: ended };
  }

  /**
   * Starts a service that does not run, and waits until it is ready.
   * @throws UserError `service.cannot-start` or `service.failed` with the end of its log.
   */
  async start(spec: ServiceSpec, options: StartOptions): Promise<ServiceStatus> {
    const before = await this.status(spec);
    if (before.state === "running" || (before.state === "starting" && !before.managed)) return before;
    if (before.state === "blocked") {
      const hint = spec.setting === null ? {} : { hint: `Stop that program, or set ${spec.setting}.` };
      throw new UserError("service.blocked", `${spec.name}: ${before.detail}`, hint);
    }
    const { launch } = spec;
    if (typeof launch === "string") throw new UserError("service.cannot-start", `${spec.name}: ${launch}`);
    if (!before.managed) await spec.prepare?.(options.onProgress, options.signal);
    this.#lock.transaction(() => {
      const record = this.#record(spec);
      if (record === null || !isAlive(record)) this.#spawn(spec, launch);
    });
    return await this.#untilReady(spec, options);
  }

  /** Asks a service to end, ends it after `graceMs`, and clears away what is left; nothing happens to one that is not ours. */
  async stop(spec: ServiceSpec, graceMs: number): Promise<ServiceStatus> {
    const record = this.#record(spec);
    if (record !== null && isAlive(record)) {
      const tree = new ProcessTree(record.pid, record.mark);
      tree.observe();
      askToEnd(record.pid);
      for (const until = Date.now() + graceMs; Date.now() < until && isAlive(record); await sleep(POLL_MS))
        tree.observe();
      if (!(await tree.endNow())) {
        throw new UserError("service.cannot-stop", `${spec.name} (process ${record.pid}) cannot be ended`);
      }
      if (typeof spec.launch !== "string") cleanUp(spec.launch);
    }
    removePidFile(this.#pidFile(spec));
    return await this.status(spec);
  }

  #spawn(spec: ServiceSpec, launch: Launch): void {
    makeDirectory(this.#directory, 0o700);
    cleanUp(launch);
    const log = this.#logFile(spec);
    const logStart = rotated(log);
    const mark = `${MARK}=${spec.key}-${randomUUID()}`;
    const record = { pid: 0, started: "", mark, since: new Date().toISOString(), logStart };
    writePidFile(this.#pidFile(spec), record);
    const output = openSync(log, "a", 0o600);
    try {
      const child = begin(launch, {
        cwd: this.#directory,
        env: { ...process.env, ...launch.env, [MARK]: mark.slice(MARK.length + 1) },
        stdio: ["ignore", output, output],
        // In a session of its own: it goes on when the terminal closes.
        detached: true,
        windowsHide: true,
      });
      if (child?.pid === undefined) {
        removePidFile(this.#pidFile(spec));
        throw new UserError("service.cannot-start", `${spec.name}: ${launch.program} cannot be run`, {
          hint: "Check that the file exists, may be executed, and is a program for this machine.",
        });
      }
      writePidFile(this.#pidFile(spec), { ...record, pid: child.pid, started: startOf(child.pid) });
      child.unref();
    } finally {
      closeSync(output);
    }
  }

  async #untilReady(spec: ServiceSpec, { waitMs, signal, onProgress }: StartOptions): Promise<ServiceStatus> {
    for (const until = Date.now() + waitMs; ; await sleep(POLL_MS, undefined, { signal })) {
      const status = await this.status(spec);
      if (status.state === "stopped") throw this.#failure(spec);
      if (status.state === "running" || Date.now() >= until) return status;
      onProgress(status.detail);
    }
  }

  #failure(spec: ServiceSpec): UserError {
    const record = readPidFile(this.#pidFile(spec));
    const said = record === null ? "" : this.#output(spec, record).trim().slice(-LOG_TAIL_BYTES);
    removePidFile(this.#pidFile(spec));
    return new UserError(
      "service.failed",
      `${spec.name} ended while it was starting${said === "" ? "" : `:\n${said}`}`,
      {
        hint: `Its log is ${this.#logFile(spec)}.`,
      },
    );
  }

  /** What the process has written to its log. */
  #output(spec: ServiceSpec, { logStart }: PidRecord): string {
    const log = this.#logFile(spec);
    if (!existsSync(log)) return "";
    const buffer = Buffer.alloc(Math.min(LOG_READ_BYTES, Math.max(0, statSync(log).size - logStart)));
    const descriptor = openSync(log, "r");
    try {
      return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, logStart)).toString();
    } finally {
      closeSync(descriptor);
    }
  }

  #isManaged(spec: ServiceSpec): boolean {
    const record = this.#record(spec);
    return record !== null && isAlive(record);
  }

  /** What is recorded; of a start that was cut short, what became of it. */
  #record(spec: ServiceSpec): PidRecord | null {
    const record = readPidFile(this.#pidFile(spec));
    if (record === null || record.pid !== 0) return record;
    const found = findMarked(record.mark);
    return found === null ? null : { ...record, pid: found.pid, started: found.started };
  }

  #pidFile(spec: ServiceSpec): string {
    return path.join(this.#directory, `${spec.key}.pid`);
  }

  #logFile(spec: ServiceSpec): string {
    return path.join(this.#directory, `${spec.key}.log`);
  }
}

/** The size that the log begins with, the former one put aside where it has grown large. */
function rotated(log: string): number {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_BYTES) return size;
  renameSync(log, `${log}.1`);
  return 0;
}

/** Begins a process; null, or one without a pid, where the system refuses: it tells so in either way. */
function begin({ program, args }: Launch, options: SpawnOptions): ChildProcess | null {
  try {
    const child = spawn(program, args, options);
    // Told by the missing pid already; unheard, the event would end this process.
    child.once("error", () => {});
    return child;
  } catch {
    return null;
  }
}

function askToEnd(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    if (!hasErrno(error, "ESRCH")) throw error;
  }
}

function cleanUp({ cleanUp: command }: Launch): void {
  if (command !== undefined) spawnSync(command.program, command.args, { stdio: "ignore", timeout: 20_000 });
}
