import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { workerUrl } from "../../worker-url.ts";
import { FIRST_LINE } from "./worker-protocol.ts";
import type { FromWorker, ToWorker } from "./worker-protocol.ts";
import { readMessages, writeMessage } from "./worker-wire.ts";

/**
 * NVIDIA's cards would cut floats to ten bits of fraction in products, which doubles their speed; but in which of them
 * depends on how many texts are computed at once, so that a vector would tell of its company.
 */
const EXACT = { NVIDIA_TF32_OVERRIDE: "0" };

/** The lines to one worker, one for each of its threads, whatever it runs in. */
export interface WorkerLink {
  /** Process id, where it is a process. */
  readonly pid: number | undefined;
  send(message: ToWorker, line: number): void;
  /** Whether these lines keep the program running; idle ones must not. */
  keepAlive(keep: boolean): void;
  end(): void;
}

export interface WorkerEvents {
  readonly onMessage: (message: FromWorker, line: number) => void;
  /** Called once when the worker is gone, with what ended it; nothing is heard of it afterwards. */
  readonly onExit: (reason: string) => void;
}

/** Starts a worker with so many lines; handed in so that tests can stand in for one. */
export type StartWorker = (events: WorkerEvents, lines: number) => WorkerLink;

// What a worker's JavaScript leaves behind is little and short-lived: a small heap keeps its memory small, and one thread
// collects it faster than four can be woken.
const HEAP = ["--max-semi-space-size=1", "--optimize-for-size", "--single-threaded-gc", "--expose-gc"];

/** Starts an inference worker in a process of its own. */
export const startProcess: StartWorker = ({ onMessage, onExit }, lines) => {
  const child = spawn(process.execPath, [...HEAP, fileURLToPath(workerUrl(import.meta.url, "inference-worker"))], {
    // The same as "pipe", but on Windows, where it lets a thread wait for several.
    stdio: ["ignore", "ignore", "ignore", ...Array.from({ length: lines }, () => "overlapped" as const)],
    // What loading a model takes goes back to the system, instead of staying with one of the allocator's many arenas.
    env: { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072", ...EXACT, ...process.env },
  });
  let gone = false;
  let kept = true;
  const exit = (reason: string) => {
    if (!gone) onExit(reason);
    gone = true;
  };
  const sockets = child.stdio.slice(FIRST_LINE).filter((each) => each instanceof Socket);
  for (const [line, socket] of sockets.entries()) {
    readMessages(socket, (message: FromWorker) => {
      if (!gone) onMessage(message, line);
    });
  }
  child.once("error", (error) => exit(error.message));
  child.once("exit", (code, signal) => exit(signal ?? `exit code ${code}`));
  return {
    pid: child.pid,
    send: (message, line) => {
      // A worker that is just dying is noticed by its exit; what was sent is then replayed.
      const socket = sockets[line];
      if (socket !== undefined) writeMessage(socket, message);
    },
    keepAlive: (keep) => {
      if (keep === kept) return;
      kept = keep;
      for (const each of [child, ...sockets]) {
        if (keep) each.ref();
        else each.unref();
      }
    },
    end: () => child.kill("SIGKILL"),
  };
};
