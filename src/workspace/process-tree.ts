import { type Machine, machineOf, type ProcessEntry } from "./processes.ts";

/** How long a process that was asked to end may take to do so, in milliseconds. */
export const POLITE_MS = 400;
/** How long is tried to kill offspring that multiplies. */
export const STUBBORN_MS = 800;

/**
 * A command's process and everything that came of it. Offspring is known by its group, its session, its ancestry (kept
 * up by `observe`, so that it is not lost when a parent dies), a mark in its environment and the pipe that it writes to,
 * which survive leaving the group, the session and the family. Who drops all of these on purpose escapes; the sandbox is
 * for those.
 */
export class ProcessTree {
  readonly #root: number;
  readonly #mark: string;
  readonly #machine: Machine;
  /** pid -> start of every process that was once seen to belong. */
  readonly #known = new Map<number, string>();

  readonly #outputs: ReadonlySet<string>;

  /** `mark` is the `NAME=value` that the command was started with. */
  constructor(root: number, mark: string, machine: Machine = machineOf()) {
    this.#root = root;
    this.#mark = mark;
    this.#machine = machine;
    // Only what no one else writes to tells offspring: a pipe or socket, not a terminal.
    this.#outputs = new Set(machine.outputsOf(root).filter((target) => /^(?:pipe|socket):/.test(target)));
  }

  /** Notes who belongs now, for the day that the family is torn apart. */
  observe(): ProcessEntry[] {
    return this.#members(false);
  }

  /** Asks all to end, then ends all; resolves when none is left or the time for it is up. True when none is left. */
  async end(): Promise<boolean> {
    const machine = this.#machine;
    if (machine.endTree !== null) return machine.endTree(this.#root);
    this.#signal(this.#members(true), "SIGTERM");
    for (const until = machine.now() + POLITE_MS; machine.now() < until; await machine.sleep(20)) {
      if (this.#members(true).length === 0) return true;
    }
    return this.endNow();
  }

  /** Ends all without asking; gives up after so many milliseconds. True when none is left. */
  async endNow(withinMs = STUBBORN_MS): Promise<boolean> {
    const machine = this.#machine;
    if (machine.endTree !== null) return machine.endTree(this.#root);
    for (const until = machine.now() + withinMs; machine.now() < until; await machine.sleep(10)) {
      const members = this.#members(true);
      if (members.length === 0) return true;
      // Whoever forks in a loop is first held still, so that no child slips away between look and kill.
      this.#signal(members, "SIGSTOP");
      this.#signal([...members, ...this.#members(true)], "SIGKILL");
    }
    return this.#members(true).length === 0;
  }

  #members(byMark: boolean): ProcessEntry[] {
    const all = this.#machine.list();
    const members = new Map<number, ProcessEntry>();
    const belongs = (entry: ProcessEntry) =>
      entry.pid === this.#root ||
      entry.group === this.#root ||
      entry.session === this.#root ||
      this.#known.get(entry.pid) === entry.started ||
      (byMark &&
        (this.#machine.hasInEnvironment(entry.pid, this.#mark) ||
          this.#machine.outputsOf(entry.pid).some((to) => this.#outputs.has(to))));
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
    for (const { pid } of entries) this.#machine.signal(pid, signal);
  }
}
