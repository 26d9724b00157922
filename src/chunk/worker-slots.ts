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
  /** Handed to the worker, which answers them in this order. */
  readonly tasks: Task[];
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

/** Batches that lie ready at a worker, so that it goes on while this thread is busy with what came before. */
const TASKS_AHEAD = 6;
/** Chunks live for one batch; a larger nursery only costs memory. */
const YOUNG_MB = 2;

/** Workers of the program at `url`; milliseconds bound how long one waits for work, and how long it works on a batch. */
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
      const slot = freest();
      const task = slot === undefined ? undefined : waiting.shift();
      if (slot === undefined || task === undefined) return;
      slot.tasks.push(task);
      slot.worker.ref();
      if (slot.tasks.length === 1) restartTimer(slot, taskMs);
      slot.worker.postMessage(task.request);
    }
  }

  /** A worker with nothing to do, else a new one, else the one with the least to do that has room. */
  function freest(): Slot | undefined {
    const [least] = [...slots].toSorted((a, b) => a.tasks.length - b.tasks.length);
    if (least === undefined || (least.tasks.length > 0 && slots.size < size)) return start();
    return least.tasks.length < TASKS_AHEAD ? least : undefined;
  }

  function restartTimer(slot: Slot, ms: number): void {
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => void end(slot), ms).unref();
  }

  function start(): Slot {
    const worker = new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    const slot: Slot = { worker, tasks: [], timer: undefined };
    slots.add(slot);
    worker.on("message", (reply: ChunkReply) => {
      const task = slot.tasks.shift();
      // An idle worker must not keep the process alive.
      if (slot.tasks.length === 0) worker.unref();
      restartTimer(slot, slot.tasks.length === 0 ? idleMs : taskMs);
      task?.resolve(reply);
      dispatch();
    });
    // An uncaught error is followed by the exit, which is where it is dealt with.
    worker.on("error", () => {});
    worker.on("exit", () => {
      clearTimeout(slot.timer);
      slots.delete(slot);
      const [blamed, ...unstarted] = slot.tasks.splice(0);
      blamed?.reject(closed ? closedError() : new WorkerLostError("A chunk worker ended unexpectedly"));
      // It answers in order, so what lay behind the first was not begun, and is no more to blame than any other.
      if (closed) for (const task of unstarted) task.reject(closedError());
      else waiting.unshift(...unstarted);
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
