import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { hasErrno } from "../errors.ts";

/** A running process, as far as finding a command's offspring needs it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** With the pid, names one process for good: a reused pid has another start. */
  readonly started: string;
}

/** What ending processes needs of the system that they run on. */
export interface Machine {
  readonly list: () => ProcessEntry[];
  readonly hasInEnvironment: (pid: number, assignment: string) => boolean;
  readonly outputsOf: (pid: number) => string[];
  /** Sends a signal; one that is gone, or another user's, is left alone. */
  readonly signal: (pid: number, signal: NodeJS.Signals) => void;
  /** Ends a process and its offspring where the system does that by itself; true when it says so. Null elsewhere. */
  readonly endTree: ((pid: number) => boolean) | null;
  /** Milliseconds of a clock that is never set back. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** How processes are found and ended on a platform. */
export function machineOf(platform: NodeJS.Platform = process.platform): Machine {
  return {
    list: () => listProcesses(platform),
    hasInEnvironment,
    outputsOf,
    signal,
    endTree: platform === "win32" ? endByTaskkill : null,
    now: () => performance.now(),
    sleep,
  };
}

/** All processes that this user may see; empty where the system gives no list. */
export function listProcesses(platform: NodeJS.Platform = process.platform): ProcessEntry[] {
  if (platform === "linux") return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
  return platform === "win32" ? [] : listByPs();
}

/** Whether a process was started with `NAME=value` in its environment (Linux only; false elsewhere). */
export function hasInEnvironment(pid: number, assignment: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(`\0${assignment}\0`);
  } catch {
    return false;
  }
}

/** What a process writes its output and errors to, such as `socket:[4711]` (Linux only; none elsewhere). */
export function outputsOf(pid: number): string[] {
  return [1, 2].flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

function readStat(pid: string): ProcessEntry[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold anything, spaces and parentheses included.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return [];
    const [parent, group, session] = fields.slice(1, 4).map(Number);
    return [
      { pid: Number(pid), parent: parent ?? 0, group: group ?? 0, session: session ?? 0, started: fields[19] ?? "" },
    ];
  } catch {
    return [];
  }
}

function listByPs(): ProcessEntry[] {
  try {
    const listing = execFileSync("ps", ["-axo", "pid=,ppid=,pgid=,stat=,lstart="], { encoding: "utf8", timeout: 2000 });
    return listing.split("\n").flatMap((line) => {
      const [pid, parent, group, state, ...started] = line.trim().split(/\s+/);
      if (pid === undefined || state === undefined || state.startsWith("Z")) return [];
      return [
        { pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, started: started.join(" ") },
      ];
    });
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!hasErrno(error, "ESRCH", "EPERM")) throw error;
  }
}

function endByTaskkill(pid: number): boolean {
  try {
    execFileSync("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true, timeout: 700 });
    return true;
  } catch {
    return false;
  }
}
