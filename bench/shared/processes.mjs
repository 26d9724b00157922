// What processes take, read from /proc: all of it is 0 where that is missing (it is Linux's), or the process has ended.
import { existsSync, readdirSync, readFileSync } from "node:fs";

const TICK_MS = 10;

/** A process and its descendants. */
export function family(pid) {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

function childrenOf(pid) {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const lists = threads.map((thread) => textOf(`/proc/${pid}/task/${thread}/children`));
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

/** Resident and proportional memory in MB, and processor time in ms, of a process and its descendants together. */
export function usageOfFamily(pid) {
  const total = { rssMb: 0, pssMb: 0, cpuMs: 0 };
  for (const each of family(pid)) {
    total.cpuMs += cpuMsOf(each);
    total.rssMb += megabytes(`/proc/${each}/status`, "VmRSS");
    total.pssMb += megabytes(`/proc/${each}/smaps_rollup`, "Pss");
  }
  return total;
}

/** Memory of one process in MB (resident, its own without files, and the most it ever had), and processor time in ms. */
export function usageOf(pid) {
  const [rssMb, ownMb, peakMb] = ["VmRSS", "RssAnon", "VmHWM"].map((name) => megabytes(`/proc/${pid}/status`, name));
  return { rssMb, ownMb, peakMb, cpuMs: cpuMsOf(pid) };
}

function cpuMsOf(pid) {
  const fields = textOf(`/proc/${pid}/stat`).split(") ").at(-1).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

function megabytes(file, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(textOf(file))?.[1] ?? 0) / 1024;
}

function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
