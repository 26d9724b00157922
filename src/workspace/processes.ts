import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** A running process, as far as finding a command's offspring needs it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** With the pid, names one process for good: a reused pid has another start. */
  readonly started: string;
}

/** All processes that this user may see; empty where the system gives no list. */
export function listProcesses(): ProcessEntry[] {
  if (process.platform === "linux")
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
  return process.platform === "win32" ? [] : listByPs();
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
