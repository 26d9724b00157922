import { Worker } from "node:worker_threads";
import { workerUrl } from "../worker-url.ts";
import type { ChunkReply, ChunkRequest } from "./chunk-worker.ts";

/** Thrown to the one who waits for a worker that ended before it answered. */
export class WorkerLostError extends Error {
  override readonly name = "WorkerLostError";
}

/** Up to `size` worker threads, each started when there is work for it and ended when it has been idle. */
export interface WorkerSlots extends AsyncDisposable {
  /** Runs one batch; rejects with WorkerLostError when its worker ends or exceeds the time allowed. */
  run(request: ChunkRequest): Promise<ChunkReply>;
}

/** To whom still waits when the workers are closed: there is nothing wrong with the batch. */
function closedError(): Error {
  return new Error("The chunk workers have been closed");
}

interface Task {
  readonly request: ChunkRequest;
  readonly resolve: (reply: ChunkReply) => void;
  readonly reject: (reason: Error) => void;
}

interface Slot {
  readonly worker: Worker;
  task: Task | null;
  timer: NodeJS.Timeout | undefined;
}

export interface SlotOptions {
  readonly size: number;
  /** How long a worker without work is kept, in milliseconds. */
  readonly idleMs: number;
  /** How long a batch may take, in milliseconds: parsing is bounded by itself, so only a worker gone wrong exceeds it. */
  readonly taskMs: number;
  readonly url?: URL;
}

export function createWorkerSlots({
  size,
  idleMs,
  taskMs,
  url = workerUrl(import.meta.url, "chunk-worker"),
}: SlotOptions): WorkerSlots {
  const slots = new Set<Slot>();
  const waiting: Task[] = [];
  let closed = false;

  return {
    run: (request) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closedError());
        waiting.push({ request, resolve, reject });
        dispatch();
      }),
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const task of waiting.splice(0)) task.reject(closedError());
      await Promise.all([...slots].map(end));
    },
  };

  function dispatch(): void {
    while (waiting.length > 0) {
      const slot = [...slots].find(({ task }) => task === null) ?? (slots.size < size ? start() : undefined);
      const task = slot === undefined ? undefined : waiting.shift();
      if (slot === undefined || task === undefined) return;
      slot.task = task;
      slot.worker.ref();
      clearTimeout(slot.timer);
      slot.timer = setTimeout(() => void end(slot), taskMs).unref();
      slot.worker.postMessage(task.request);
    }
  }

  function start(): Slot {
    const slot: Slot = {
      worker: new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: 8 } }),
      task: null,
      timer: undefined,
    };
    slots.add(slot);
    slot.worker.on("message", (reply: ChunkReply) => {
      const { task } = slot;
      slot.task = null;
      clearTimeout(slot.timer);
      // An idle worker must not keep the process alive.
      slot.worker.unref();
      slot.timer = setTimeout(() => void end(slot), idleMs).unref();
      task?.resolve(reply);
      dispatch();
    });
    // An uncaught error is followed by the exit, which is where it is dealt with.
    slot.worker.on("error", () => {});
    slot.worker.on("exit", () => {
      clearTimeout(slot.timer);
      slots.delete(slot);
      slot.task?.reject(closed ? closedError() : new WorkerLostError("A chunk worker ended unexpectedly"));
      slot.task = null;
      if (!closed) dispatch();
    });
    return slot;
  }

  async function end(slot: Slot): Promise<void> {
    // From here on nobody may hand it work, though it takes a moment to exit.
    slots.delete(slot);
    clearTimeout(slot.timer);
    await slot.worker.terminate();
  }
}
