import { messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { Alarm } from "./alarm.ts";
import { PendingChanges } from "./pending-changes.ts";
import { RootWatches } from "./root-watches.ts";
import type { RefreshRequest, WatchSubject } from "./subject.ts";

export interface WatchOptions {
  readonly logger: Logger;
  /** Seconds between sweeps, which find what no event told. */
  readonly importInterval: number;
  /** Seconds between sweeps that read and hash everything. */
  readonly fullCheckInterval: number;
  /** Never read everything. */
  readonly quickCheckOnly: boolean;
  /** A line of statistics after this many refreshes. */
  readonly logStatsEvery: number;
  /** Whether others need the processor now: sweeps then wait up to four times as long. */
  readonly isBusy: () => boolean;
}

/** What a watcher has done so far, for `status` and metrics. */
export interface WatchStatus {
  readonly name: string;
  readonly events: number;
  readonly refreshes: number;
  readonly sweeps: number;
  readonly changed: number;
  readonly failures: number;
  /** Milliseconds since the epoch of the last refresh that succeeded; null before the first. */
  readonly refreshedAt: number | null;
  /** Whether folders are looked at in turns because the system reports no changes for them. */
  readonly isPolling: boolean;
  /** Whether another process does the work at the moment. */
  readonly isStandby: boolean;
}

/**
 * Keeps one subject fresh until its signal is aborted. All waiting is by the steady clock, so that setting the time or
 * sleeping brings neither a rush of sweeps nor a silence.
 */
export class Watcher {
  readonly #subject: WatchSubject;
  readonly #options: WatchOptions;
  readonly #alarm = new Alarm();
  readonly #pending = new PendingChanges(() => performance.now());
  #status: WatchStatus;
  #nextSweep = 0;
  #nextFull: number | null = null;
  #restUntil = 0;
  #failuresInRow = 0;
  #sweepMs = 0;
  #embedding: Promise<void> | null = null;
  #mustEmbed = true;
  #embedAgain = 0;

  constructor(subject: WatchSubject, options: WatchOptions) {
    this.#subject = subject;
    this.#options = options;
    this.#status = {
      name: subject.name,
      events: 0,
      refreshes: 0,
      sweeps: 0,
      changed: 0,
      failures: 0,
      refreshedAt: null,
      isPolling: false,
      isStandby: false,
    };
  }

  get status(): WatchStatus {
    return this.#status;
  }

  /** Runs until `signal` is aborted; resolves when all work has ended. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const watches = new RootWatches(this.#subject, this.#options.logger, {
      onChange: (path) => {
        this.#note({ events: this.#status.events + 1 });
        if (!this.#pending.isWaiting) this.#alarm.ring();
        this.#pending.add(path);
      },
      onPolling: () => this.#note({ isPolling: true }),
    });
    while (!signal.aborted) {
      await watches.check();
      await this.#workIfDue(signal);
      await this.#alarm.wait(this.#nextDue() - performance.now(), signal);
    }
    await watches[Symbol.asyncDispose]();
    await this.#embedding;
  }

  /** When there is something to do next, on the steady clock. */
  #nextDue(): number {
    return Math.max(this.#restUntil, Math.min(this.#pending.readyAt, this.#nextSweep));
  }

  async #workIfDue(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    if (now < this.#nextDue()) return;
    const isSweep = now >= this.#nextSweep;
    if (!(await this.#mayWrite())) {
      this.#restUntil = now + STANDBY_MS;
      return;
    }
    const isFull = isSweep && (await this.#isFullDue(now));
    const paths = this.#pending.take();
    const request: RefreshRequest = { paths: isSweep ? null : paths, check: isFull ? "full" : "quick", signal };
    await this.#refresh(request);
    if (isFull) this.#nextFull = performance.now() + this.#options.fullCheckInterval * 1000;
    const took = performance.now() - now;
    if (isSweep) {
      this.#sweepMs = took;
      this.#nextSweep = performance.now() + this.#sweepInterval();
    }
    // A third of one core while small changes keep coming, and never a long wait after much work.
    this.#restUntil = Math.max(this.#restUntil, performance.now() + Math.min(2 * took, LONGEST_REST_MS));
  }

  async #refresh(request: RefreshRequest): Promise<void> {
    try {
      const { changed } = await this.#subject.refresh(request);
      this.#failuresInRow = 0;
      if (changed > 0) this.#mustEmbed = true;
      this.#note({
        refreshes: this.#status.refreshes + 1,
        sweeps: this.#status.sweeps + (request.paths === null ? 1 : 0),
        changed: this.#status.changed + changed,
        refreshedAt: Date.now(),
      });
      if (this.#status.refreshes % this.#options.logStatsEvery === 0) this.#logStats();
      this.#embed(request.signal);
    } catch (error) {
      if (request.signal.aborted) return;
      this.#failuresInRow += 1;
      // What could not be refreshed is found again by looking at everything, a little later each time.
      this.#pending.add(null);
      this.#restUntil = performance.now() + Math.min(60_000, 1000 * 2 ** this.#failuresInRow);
      this.#note({ failures: this.#status.failures + 1 });
      this.#options.logger.warn(`The watcher could not refresh ${this.#subject.name}`, { reason: messageOf(error) });
    } finally {
      // Between refreshes anybody may write: an index command must not wait for a watcher to end.
      if (this.#embedding === null) await this.#subject.releaseLease().catch(() => {});
    }
  }

  /** Starts embedding unless it runs; what is added meanwhile is embedded by the same run or the next. */
  #embed(signal: AbortSignal): void {
    const { embed } = this.#subject;
    if (embed === undefined || this.#embedding !== null || signal.aborted) return;
    if (!this.#mustEmbed || performance.now() < this.#embedAgain) return;
    this.#mustEmbed = false;
    this.#embedding = (async () => {
      try {
        await embed(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#mustEmbed = true;
        this.#embedAgain = performance.now() + EMBED_RETRY_MS;
        this.#options.logger.warn(`The watcher could not embed ${this.#subject.name}`, { reason: messageOf(error) });
      } finally {
        this.#embedding = null;
        await this.#subject.releaseLease().catch(() => {});
      }
    })();
  }

  /**
   * Whether it is time to read everything. How long ago that was is kept with the index: an earlier run or another
   * process may have done it. Never at the start, when somebody waits for what is new.
   */
  async #isFullDue(now: number): Promise<boolean> {
    const isStart = this.#nextFull === null;
    if (this.#options.quickCheckOnly || now < (this.#nextFull ?? now)) return false;
    const interval = this.#options.fullCheckInterval * 1000;
    const checkedAt = await this.#subject.checkedAt().catch(() => null);
    // From a time in the future, which a clock set back leaves behind, nothing follows.
    const age = checkedAt === null ? 0 : Date.now() - checkedAt;
    const left = age < 0 ? 0 : Math.max(0, interval - age);
    this.#nextFull = now + (isStart ? Math.max(left, Math.min(interval, SETTLE_MS)) : left);
    return !isStart && left === 0;
  }

  async #mayWrite(): Promise<boolean> {
    const may = await this.#subject.acquireLease().catch((error: unknown) => {
      this.#options.logger.warn("The index cannot be written", { reason: messageOf(error) });
      return false;
    });
    this.#note({ isStandby: !may });
    return may;
  }

  /** Without events a sweep is all there is: it comes often, but never takes more than a twentieth of a core. */
  #sweepInterval(): number {
    const usual = this.#options.importInterval * 1000;
    if (this.#status.isPolling) return Math.min(usual, Math.max(POLL_MS, 20 * this.#sweepMs));
    return this.#options.isBusy() ? 4 * usual : usual;
  }

  #note(news: Partial<WatchStatus>): void {
    this.#status = { ...this.#status, ...news };
  }

  #logStats(): void {
    const { name, events, refreshes, sweeps, changed, failures } = this.#status;
    this.#options.logger.info("Watcher", { name, events, refreshes, sweeps, changed, failures });
  }
}

const STANDBY_MS = 2000;
const POLL_MS = 2000;
/** What was not read for long is read a minute after the start at the earliest. */
const SETTLE_MS = 60_000;
const LONGEST_REST_MS = 2000;
const EMBED_RETRY_MS = 60_000;
