import { UserError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { takeGroup, type GroupBounds, type Groups } from "./groups.ts";
import { createLanes } from "./lanes.ts";
import { ATTEMPTS, countOf, freest, holdsSuspect, isIdle, newLine, tasksOf } from "./pool-worker.ts";
import type { Line, SubmitOptions, Task, Worker } from "./pool-worker.ts";
import type { Submitted } from "./submitted.ts";
import { startProcess } from "./worker-link.ts";
import type { StartWorker } from "./worker-link.ts";
import type { Embedded, FromWorker, LoadMessage, Outcome, OutcomesMessage } from "./worker-protocol.ts";

export interface PoolOptions {
  readonly load: LoadMessage;
  /** Most threads that compute at once; the second and further ones start only when work piles up. */
  readonly runners: number;
  /** How texts are put together to be handed out. */
  readonly groups: Groups;
  /** Workers end after so long without work, giving their memory back; null keeps them. */
  readonly idleMs: number | null;
  /** A worker that grew past this is replaced once its work is done. */
  readonly residentLimitBytes: number;
  readonly log: Logger;
  readonly start?: StartWorker;
}

/** Runs texts through a model loaded in a worker process, which is replaced when it ends or grew too large. */
export interface WorkerPool extends AsyncDisposable {
  /** @throws UserError `embedding.closed` after the pool was shut down. */
  submit(texts: readonly string[], options: SubmitOptions): Submitted[];
  /** Resolves when a worker has the model loaded. */
  warmUp(): Promise<void>;
  /** Texts that wait, and process ids of the workers. */
  state(): { readonly waiting: number; readonly pids: readonly number[]; readonly ready: boolean };
}

/** Texts for each thread above which one more is asked for. */
const PILE = 2;

/** A pool without workers: the first text (or `warmUp`) starts one. */
export function createWorkerPool(options: PoolOptions): WorkerPool {
  const { log, load, groups } = options;
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
    const events = {
      onMessage: (message: FromWorker, line: number) => receive(worker, line, message),
      onExit: (reason: string) => lost(worker, reason),
    };
    const link = (options.start ?? startProcess)(events, options.runners);
    const worker: Worker = { link, lines: [], state: "loading", asked: 1 };
    workers.add(worker);
    link.send(load, 0);
  };

  const lost = (worker: Worker, reason: string) => {
    if (!workers.delete(worker) || closed) return;
    if (worker.state === "loading") failedStarts += 1;
    const unfinished = tasksOf(worker);
    if (worker.state !== "retiring") log.warn("an embedding worker ended", { reason, texts: unfinished.length });
    for (const task of unfinished.toReversed()) {
      task.attempts += 1;
      if (task.attempts < ATTEMPTS - 1) lanes.putBack(task, task.caller);
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

  const receive = (worker: Worker, line: number, message: FromWorker) => {
    if (message.type === "ready") {
      if (worker.state === "loading") worker.state = "ready";
      worker.lines[line] ??= newLine();
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
    } else finishGroup(worker, worker.lines[line], message);
    schedule();
  };

  const finishGroup = (worker: Worker, line: Line | undefined, message: OutcomesMessage) => {
    if (line === undefined) return;
    line[message.urgent ? "urgentGroups" : "bulkGroups"] -= 1;
    for (const outcome of message.outcomes) finish(line, outcome);
    const { residentBytes: bytes = 0 } = message;
    if (bytes <= options.residentLimitBytes || worker.state !== "ready") return;
    log.info("replacing an embedding worker that grew", { bytes });
    worker.state = "retiring";
  };

  const finish = ({ tasks }: Line, outcome: Outcome) => {
    const task = tasks.get(outcome.id);
    tasks.delete(outcome.id);
    if (outcome.type === "done") {
      const { vector, tokens, truncated, windows } = outcome;
      task?.resolve({ vector, tokens, truncated, windows });
    } else if (outcome.type === "too-long") task?.reject(tooLong(outcome.tokens, load.maxTokens));
    else task?.reject(new Error(`embedding failed: ${outcome.message}`));
  };

  const schedule = () => {
    let usable = false;
    for (const worker of workers) {
      if (worker.state === "retiring" && isIdle(worker)) {
        workers.delete(worker);
        worker.link.end();
      } else if (worker.state === "ready") feed(worker);
      usable ||= worker.state !== "retiring";
    }
    if (!usable && waiting() + warming.size > 0 && !closed) startWorker();
    rest();
  };

  const waiting = () => lanes.waiting + suspects.size;

  const feed = (worker: Worker) => {
    const [suspect] = suspects;
    if (suspect !== undefined) {
      if (!isIdle(worker)) return;
      suspects.delete(suspect);
      return give(worker, 0, [suspect]);
    }
    if (holdsSuspect(worker)) return;
    const { runners: threads } = options;
    // Beside bulk each query is answered by itself: between two of a group a thread may turn to a long text.
    const mixed = lanes.waiting > lanes.urgent || worker.lines.some(({ bulkGroups }) => bulkGroups > 0);
    // Urgent texts are handed out at once: a thread lets them overtake what it has at hand.
    hand(
      worker,
      ({ urgentGroups }) => urgentGroups,
      groups.urgent,
      () =>
        takeGroup(lanes, "urgent", { waiting: Math.min(lanes.urgent, mixed ? 1 : Infinity), threads }, groups.urgent),
    );
    // Counted apart: however many queries come, a thread has bulk at hand, to which it turns between them.
    hand(
      worker,
      ({ bulkGroups }) => bulkGroups,
      groups.bulk,
      () => takeGroup(lanes, "bulk", { waiting: lanes.waiting - lanes.urgent, threads }, groups.bulk),
    );
    widen(worker);
  };

  /** Hands out the groups that `next` yields, each to the thread with the least to do, while any has room. */
  const hand = (
    worker: Worker,
    groupsOf: (line: Line) => number,
    { atHand }: GroupBounds,
    next: () => readonly Task[],
  ) => {
    const choose = () => freest(worker, groupsOf, atHand);
    for (let line = choose(); line !== null; line = choose()) {
      const group = next();
      if (group.length === 0) return;
      give(worker, line, group);
    }
  };

  /** Hands out a group, whose texts are all urgent or all not. */
  const give = (worker: Worker, index: number, group: readonly Task[]) => {
    const line = worker.lines[index];
    if (line === undefined) return;
    for (const task of group) line.tasks.set(task.id, task);
    const urgent = group[0]?.caller === null;
    line[urgent ? "urgentGroups" : "bulkGroups"] += 1;
    const texts = group.map(({ id, text, overflow }) => ({ id, text, overflow }));
    worker.link.send({ type: "embed", urgent, texts }, index);
  };

  /** A thread more, where there is more to do than the threads there are have at hand. */
  const widen = (worker: Worker) => {
    const { lines, asked, link } = worker;
    if (asked > lines.length || asked >= options.runners) return;
    if (lanes.waiting + countOf(worker) <= PILE * lines.length) return;
    link.send({ type: "widen", line: asked }, 0);
    // What was loaded once need not be checked again.
    link.send({ ...load, sha256: null }, asked);
    worker.asked += 1;
  };

  const rest = () => {
    let busy = waiting() + warming.size > 0;
    for (const worker of workers) busy ||= !isIdle(worker);
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

  const cancel = (task: Task, reason: unknown) => {
    lanes.remove(task);
    suspects.delete(task);
    for (const { lines, link } of workers) {
      for (const [line, { tasks }] of lines.entries()) {
        if (tasks.delete(task.id)) link.send({ type: "cancel", id: task.id }, line);
      }
    }
    task.reject(reason);
    // Not at once: the other texts of the same caller are about to be cancelled too.
    queueMicrotask(schedule);
  };

  const enqueue = (text: string, { caller, overflow }: SubmitOptions): Submitted => {
    let task: Task | undefined;
    const result = new Promise<Embedded>((resolve, reject) => {
      task = { id: nextId++, text, caller, overflow, attempts: 0, resolve, reject };
      lanes.add(task, caller);
    });
    return {
      result,
      cancel: (reason) => {
        if (task !== undefined) cancel(task, reason);
      },
    };
  };

  return {
    submit(texts, submitOptions) {
      if (closed) throw new UserError("embedding.closed", "the embedder was shut down");
      const submitted = texts.map((text) => enqueue(text, submitOptions));
      schedule();
      return submitted;
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
      const unfinished = [...workers].flatMap(tasksOf);
      const error = new UserError("embedding.closed", "the embedder was shut down");
      for (const task of unfinished) task.reject(error);
      fail(error);
      endAll();
    },
  };
}

const HINT = "Run `codelab-mcp doctor`; `codelab-mcp models pull NAME` fetches a model anew.";

function tooLong(tokens: number, limit: number): UserError {
  return new UserError("embedding.too-long", `the text has ${tokens} tokens, more than the model's ${limit}`, {
    hint: "Shorten it, or allow truncation or windows.",
  });
}
