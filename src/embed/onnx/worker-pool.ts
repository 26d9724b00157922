import { UserError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { createLanes } from "./lanes.ts";
import { startProcess } from "./worker-link.ts";
import type { StartWorker, WorkerLink } from "./worker-link.ts";
import type { Embedded, FromWorker, LoadMessage, Overflow } from "./worker-protocol.ts";

export interface PoolOptions {
  readonly load: LoadMessage;
  /** Most threads that compute at once; the second and further ones start only when work piles up. */
  readonly runners: number;
  /** Workers end after so long without work, giving their memory back; null keeps them. */
  readonly idleMs: number | null;
  /** A worker that grew past this is replaced once its work is done. */
  readonly residentLimitBytes: number;
  readonly log: Logger;
  readonly start?: StartWorker;
}

export interface SubmitOptions {
  /** Whose text it is; null for one that overtakes everything. */
  readonly caller: object | null;
  readonly overflow: Overflow;
  readonly signal?: AbortSignal | undefined;
}

/** Runs texts through a model loaded in a worker process, which is replaced when it ends or grew too large. */
export interface WorkerPool extends AsyncDisposable {
  submit(text: string, options: SubmitOptions): Promise<Embedded>;
  /** Resolves when a worker has the model loaded. */
  warmUp(): Promise<void>;
  /** Texts that wait, and process ids of the workers. */
  state(): { readonly waiting: number; readonly pids: readonly number[]; readonly ready: boolean };
}

/** A text is tried so often before it is held to be what ends the workers; the last time alone, so that it takes none along. */
const ATTEMPTS = 3;
/** Texts with a worker at once for each of its threads: one under way, one at hand, so that none waits for the next. */
const AT_HAND = 2;
const URGENT_AT_HAND = 8;
/** Waiting texts for which another thread is worth starting. */
const PILE = 6;

interface Task {
  readonly id: number;
  readonly text: string;
  readonly options: SubmitOptions;
  readonly resolve: (embedded: Embedded) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

interface Worker {
  readonly link: WorkerLink;
  readonly tasks: Map<number, Task>;
  state: "loading" | "ready" | "retiring";
  /** Threads that compute. */
  runners: number;
  /** Threads that compute or were asked for. */
  asked: number;
}

/** A pool without workers: the first text (or `warmUp`) starts one. */
export function createWorkerPool(options: PoolOptions): WorkerPool {
  const { log, load } = options;
  const lanes = createLanes<Task>();
  const workers = new Set<Worker>();
  /** Texts that were with each worker that ended: their last attempt is made alone. */
  const suspects = new Set<Task>();
  const warming = new Set<{ resolve: () => void; reject: (error: unknown) => void }>();
  let nextId = 1;
  let failedStarts = 0;
  let idleTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const fail = (error: unknown) => {
    for (const task of [...suspects, ...lanes.drain()]) task.reject(error);
    suspects.clear();
    for (const waiter of warming) waiter.reject(error);
    warming.clear();
  };

  const startWorker = () => {
    const worker: Worker = {
      tasks: new Map(),
      state: "loading",
      runners: 0,
      asked: 1,
      link: (options.start ?? startProcess)({
        onMessage: (message) => receive(worker, message),
        onExit: (reason) => lost(worker, reason),
      }),
    };
    workers.add(worker);
    worker.link.send(load);
  };

  const lost = (worker: Worker, reason: string) => {
    if (!workers.delete(worker) || closed) return;
    if (worker.state === "loading") failedStarts += 1;
    if (worker.state !== "retiring") log.warn("an embedding worker ended", { reason, texts: worker.tasks.size });
    for (const task of [...worker.tasks.values()].toReversed()) {
      task.attempts += 1;
      if (task.attempts < ATTEMPTS - 1) lanes.putBack(task, task.options.caller);
      else if (task.attempts < ATTEMPTS) suspects.add(task);
      else
        task.reject(
          new UserError("embedding.worker-lost", `embedding workers keep ending (${reason})`, { hint: HINT }),
        );
    }
    if (failedStarts >= ATTEMPTS) {
      failedStarts = 0;
      return fail(
        new UserError("embedding.worker-lost", `the embedding worker does not start (${reason})`, { hint: HINT }),
      );
    }
    schedule();
  };

  const receive = (worker: Worker, message: FromWorker) => {
    if (message.type === "ready") {
      if (worker.state === "loading") worker.state = "ready";
      worker.runners += 1;
      failedStarts = 0;
      for (const waiter of warming) waiter.resolve();
      warming.clear();
    } else if (message.type === "unusable") {
      workers.delete(worker);
      worker.link.end();
      fail(
        new UserError(message.code as ErrorCode, `the embedding model cannot be loaded: ${message.message}`, {
          hint: message.hint ?? HINT,
        }),
      );
    } else finish(worker, message);
    schedule();
  };

  const finish = (worker: Worker, message: Exclude<FromWorker, { type: "ready" | "unusable" }>) => {
    const task = worker.tasks.get(message.id);
    worker.tasks.delete(message.id);
    if (message.type === "done") {
      const { vector, tokens, truncated, windows } = message;
      task?.resolve({ vector, tokens, truncated, windows });
      if (message.residentBytes > options.residentLimitBytes && worker.state === "ready") {
        log.info("replacing an embedding worker that grew", { bytes: message.residentBytes });
        worker.state = "retiring";
      }
    } else if (message.type === "too-long") task?.reject(tooLong(message.tokens, load.maxTokens));
    else task?.reject(new Error(`embedding failed: ${message.message}`));
  };

  const schedule = () => {
    for (const worker of workers) {
      if (worker.state === "retiring" && worker.tasks.size === 0) {
        workers.delete(worker);
        worker.link.end();
      } else if (worker.state === "ready") feed(worker);
    }
    const usable = [...workers].some(({ state }) => state !== "retiring");
    if (!usable && waiting() + warming.size > 0 && !closed) startWorker();
    rest();
  };

  const waiting = () => lanes.waiting + suspects.size;

  const feed = (worker: Worker) => {
    const [suspect] = suspects;
    if (suspect !== undefined) {
      if (worker.tasks.size > 0) return;
      suspects.delete(suspect);
      return give(worker, suspect);
    }
    if ([...worker.tasks.values()].some(isSuspect)) return;
    // Urgent texts are handed out at once: the worker lets them overtake what it has at hand.
    hand(
      worker,
      URGENT_AT_HAND,
      (tasks) => tasks.size,
      () => lanes.nextUrgent(),
    );
    // Counted apart: however many queries come, a worker has bulk at hand, to which it turns between them.
    hand(worker, AT_HAND, bulkOf, () => lanes.nextBulk());
    if (lanes.waiting <= PILE || worker.asked > worker.runners || worker.asked >= options.runners) return;
    worker.asked += 1;
    worker.link.send({ type: "widen" });
  };

  /** Hands out what `next` yields until the worker has `most` for each of its threads. */
  const hand = (
    worker: Worker,
    most: number,
    has: (tasks: Worker["tasks"]) => number,
    next: () => Task | undefined,
  ) => {
    while (has(worker.tasks) < most * worker.runners) {
      const task = next();
      if (task === undefined) return;
      give(worker, task);
    }
  };

  const give = (worker: Worker, task: Task) => {
    worker.tasks.set(task.id, task);
    const { text, options: asked } = task;
    worker.link.send({ type: "embed", id: task.id, text, urgent: asked.caller === null, overflow: asked.overflow });
  };

  const rest = () => {
    const busy = waiting() + warming.size > 0 || [...workers].some(({ tasks }) => tasks.size > 0);
    for (const { link } of workers) link.keepAlive(busy);
    clearTimeout(idleTimer);
    if (busy || workers.size === 0 || options.idleMs === null) return;
    idleTimer = setTimeout(endAll, options.idleMs);
    idleTimer.unref();
  };

  const endAll = () => {
    for (const worker of workers) {
      workers.delete(worker);
      worker.link.end();
    }
  };

  const cancel = (task: Task) => {
    lanes.remove(task);
    suspects.delete(task);
    for (const { tasks, link } of workers) if (tasks.delete(task.id)) link.send({ type: "cancel", id: task.id });
    task.reject(task.options.signal?.reason);
    // Not at once: the other texts of the same caller are about to be cancelled too.
    queueMicrotask(schedule);
  };

  return {
    submit(text, submitOptions) {
      const { signal, caller } = submitOptions;
      return new Promise<Embedded>((resolve, reject) => {
        if (closed) throw new UserError("embedding.closed", "the embedder was shut down");
        signal?.throwIfAborted();
        const abort = () => cancel(task);
        const settled = () => signal?.removeEventListener("abort", abort);
        const task: Task = {
          id: nextId++,
          text,
          options: submitOptions,
          attempts: 0,
          resolve: (embedded) => (settled(), resolve(embedded)),
          reject: (error) => (settled(), reject(error)),
        };
        signal?.addEventListener("abort", abort, { once: true });
        lanes.add(task, caller);
        schedule();
      });
    },
    warmUp() {
      if ([...workers].some(({ state }) => state === "ready")) return Promise.resolve();
      return new Promise<void>((resolve, reject) => {
        warming.add({ resolve, reject });
        schedule();
      });
    },
    state: () => ({
      waiting: waiting(),
      pids: [...workers].flatMap(({ link }) => link.pid ?? []),
      ready: [...workers].some(({ state }) => state === "ready"),
    }),
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(idleTimer);
      const unfinished = [...workers].flatMap(({ tasks }) => [...tasks.values()]);
      const error = new UserError("embedding.closed", "the embedder was shut down");
      for (const task of unfinished) task.reject(error);
      fail(error);
      endAll();
    },
  };
}

function isSuspect({ attempts }: Task): boolean {
  return attempts >= ATTEMPTS - 1;
}

function bulkOf(tasks: Worker["tasks"]): number {
  let bulk = 0;
  for (const { options } of tasks.values()) bulk += options.caller === null ? 0 : 1;
  return bulk;
}

const HINT = "Run `codelab-mcp doctor`; `codelab-mcp models pull NAME` fetches a model anew.";

function tooLong(tokens: number, limit: number): UserError {
  return new UserError("embedding.too-long", `the text has ${tokens} tokens, more than the model's ${limit}`, {
    hint: "Shorten it, or allow truncation or windows.",
  });
}
