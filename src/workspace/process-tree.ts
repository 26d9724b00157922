import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { hasErrno } from "../errors.ts";
import { type ProcessEntry, hasInEnvironment, listProcesses, outputsOf } from "./processes.ts";

/** How long a process that was asked to end may take to do so. */
const POLITE_MS = 400;
/** How long is tried to kill offspring that multiplies. */
const STUBBORN_MS = 1200;

/**
 * A command's process and everything that came of it. Offspring is known by its group, its session, its ancestry (kept
 * up by `observe`, so that it is not lost when a parent dies), a mark in its environment and the pipe that it writes to,
 * which survive leaving the group, the session and the family. Who drops all of these on purpose escapes; the sandbox is
 * for those.
 */
export class ProcessTree {
  readonly #root: number;
  readonly #mark: string;
  /** pid -> start of every process that was once seen to belong. */
  readonly #known = new Map<number, string>();

  readonly #outputs: ReadonlySet<string>;

  /** `mark` is the `NAME=value` that the command was started with. */
  constructor(root: number, mark: string) {
    this.#root = root;
    this.#mark = mark;
    // Only what no one else writes to tells offspring: a pipe or socket, not a terminal.
    this.#outputs = new Set(outputsOf(root).filter((target) => /^(?:pipe|socket):/.test(target)));
  }

  /** Notes who belongs now, for the day that the family is torn apart. */
  observe(): ProcessEntry[] {
    return this.#members(false);
  }

  /** Asks all to end, then ends all; resolves when none is left or the time for it is up. True when none is left. */
  async end(): Promise<boolean> {
    if (process.platform === "win32") return endOnWindows(this.#root);
    this.#signal(this.#members(true), "SIGTERM");
    for (const until = Date.now() + POLITE_MS; Date.now() < until; await sleep(20)) {
      if (this.#members(true).length === 0) return true;
    }
    return this.endNow();
  }

  /** Ends all without asking. */
  async endNow(): Promise<boolean> {
    if (process.platform === "win32") return endOnWindows(this.#root);
    for (const until = Date.now() + STUBBORN_MS; Date.now() < until; await sleep(10)) {
      const members = this.#members(true);
      if (members.length === 0) return true;
      // Whoever forks in a loop is first held still, so that no child slips away between look and kill.
      this.#signal(members, "SIGSTOP");
      this.#signal([...members, ...this.#members(true)], "SIGKILL");
    }
    return this.#members(true).length === 0;
  }

  #members(byMark: boolean): ProcessEntry[] {
    const all = listProcesses();
    const members = new Map<number, ProcessEntry>();
    const belongs = (entry: ProcessEntry) =>
      entry.pid === this.#root ||
      entry.group === this.#root ||
      entry.session === this.#root ||
      this.#known.get(entry.pid) === entry.started ||
      (byMark && (hasInEnvironment(entry.pid, this.#mark) || outputsOf(entry.pid).some((to) => this.#outputs.has(to))));
    for (const entry of all) if (entry.pid !== process.pid && belongs(entry)) members.set(entry.pid, entry);
    for (let before = -1; before !== members.size;) {
      before = members.size;
      for (const entry of all)
        if (members.has(entry.parent) && entry.pid !== process.pid) members.set(entry.pid, entry);
    }
    for (const { pid, started } of members.values()) this.#known.set(pid, started);
    return [...members.values()];
  }

  #signal(entries: readonly ProcessEntry[], signal: NodeJS.Signals): void {
    for (const { pid } of entries) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (!hasErrno(error, "ESRCH", "EPERM")) throw error;
      }
    }
  }
}

function endOnWindows(pid: number): boolean {
  try {
    execFileSync("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true, timeout: 2000 });
    return true;
  } catch {
    return false;
  }
}
