import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { workerUrl } from "../../worker-url.ts";
import type { FromWorker, ToWorker } from "./worker-protocol.ts";

/** The line to one worker, whatever it runs in. */
export interface WorkerLink {
  /** Process id, where it is a process. */
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  /** Whether this line keeps the program running; an idle one must not. */
  keepAlive(keep: boolean): void;
  end(): void;
}

export interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** Called once when the worker is gone, with what ended it. */
  readonly onExit: (reason: string) => void;
}

/** Starts a worker; handed in so that tests can stand in for one. */
export type StartWorker = (events: WorkerEvents) => WorkerLink;

/** Starts an inference worker in a process of its own. */
export const startProcess: StartWorker = ({ onMessage, onExit }) => {
  const child = fork(fileURLToPath(workerUrl(import.meta.url, "inference-worker")), [], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // What a worker's JavaScript leaves behind is little and short-lived: a small heap keeps its memory small.
    execArgv: ["--max-semi-space-size=1", "--optimize-for-size"],
    // What loading a model takes goes back to the system, instead of staying with one of the allocator's many arenas.
    env: { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072", ...process.env },
  });
  let gone = false;
  let kept = true;
  const exit = (reason: string) => {
    if (!gone) onExit(reason);
    gone = true;
  };
  child.on("message", (message: FromWorker) => onMessage(message));
  child.once("error", (error) => exit(error.message));
  child.once("exit", (code, signal) => exit(signal ?? `exit code ${code}`));
  return {
    pid: child.pid,
    send: (message) => {
      // A worker that is just dying is noticed by its exit; what was sent is then replayed.
      if (child.connected) child.send(message, () => {});
    },
    keepAlive: (keep) => {
      if (keep === kept) return;
      kept = keep;
      if (keep) child.ref();
      else child.unref();
      if (keep) child.channel?.ref();
      else child.channel?.unref();
    },
    end: () => child.kill("SIGKILL"),
  };
};
