import { createLogger } from "../../../src/log.ts";
import { PROCESSOR_GROUPS } from "../../../src/embed/onnx/groups.ts";
import type { WorkerEvents } from "../../../src/embed/onnx/worker-link.ts";
import { createWorkerPool } from "../../../src/embed/onnx/worker-pool.ts";
import type { PoolOptions } from "../../../src/embed/onnx/worker-pool.ts";
import type { ToWorker } from "../../../src/embed/onnx/worker-protocol.ts";

/** A worker in this process that answers when it is told to. */
export class FakeWorker {
  readonly received: (ToWorker & { readonly on: number })[] = [];
  readonly events: WorkerEvents;
  ended = false;

  constructor(events: WorkerEvents) {
    this.events = events;
  }

  /** Texts received on this line, or on any. */
  texts(line?: number): string[] {
    return this.received.flatMap((message) =>
      message.type === "embed" && (line ?? message.on) === message.on ? message.texts.map(({ text }) => text) : [],
    );
  }

  ready(line = 0): void {
    this.events.onMessage({ type: "ready" }, line);
  }

  /** Answers everything received and not answered yet. */
  answer(): void {
    for (const message of this.received.splice(0)) {
      if (message.type !== "embed") continue;
      const { urgent, texts, on } = message;
      const outcomes = texts.map(({ id, text }) => {
        const vector = Float32Array.of(text.length);
        return { type: "done" as const, id, vector, tokens: text.length, truncated: false, windows: 1 };
      });
      this.events.onMessage({ type: "outcomes", urgent, outcomes }, on);
    }
  }

  /** Answers a group that is empty, and tells of the memory that it takes. */
  resident(residentBytes: number): void {
    this.events.onMessage({ type: "outcomes", urgent: false, outcomes: [], residentBytes }, 0);
  }
}

/** A pool whose workers are told by hand what to do. */
export function setUpPool(options: Partial<PoolOptions> = {}) {
  const workers: FakeWorker[] = [];
  const pool = createWorkerPool({
    load: {
      type: "load",
      runtime: "",
      graph: "",
      sha256: null,
      tokenizer: "",
      maxTokens: 8,
      windowTokens: 8,
      threads: 1,
      device: "cpu",
    },
    runners: 2,
    groups: PROCESSOR_GROUPS,
    idleMs: 60_000,
    residentLimitBytes: 1_000,
    log: createLogger("silent"),
    start: (events) => {
      const worker = new FakeWorker(events);
      workers.push(worker);
      return {
        pid: workers.length,
        send: (message, on) => worker.received.push({ ...message, on }),
        keepAlive: () => {},
        end: () => (worker.ended = true),
      };
    },
    ...options,
  });
  const submitAll = (texts: readonly string[], caller: object | null = {}) =>
    pool.submit(texts, { caller, overflow: "window" });
  const submit = async (text: string, caller: object | null = {}) => {
    const [submitted] = submitAll([text], caller);
    if (submitted === undefined) throw new Error("nothing was submitted");
    return submitted.result;
  };
  return { pool, workers, submit, submitAll };
}
