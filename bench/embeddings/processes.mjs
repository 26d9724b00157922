// What processes take, read from /proc (Linux).
import { readdirSync, readFileSync } from "node:fs";

const TICK_MS = 10;

/** A process and its descendants. */
export function family(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = statOf(Number(name))?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all = [pid];
  for (const each of all) all.push(...(children.get(each) ?? []));
  return all;
}

/** Resident and proportional memory in MB, and processor time in ms, of a process and its descendants together. */
export function usage(pid) {
  const total = { rssMb: 0, pssMb: 0, cpuMs: 0 };
  for (const each of family(pid)) {
    const stat = statOf(each);
    if (stat === undefined) continue;
    total.cpuMs += stat.cpuMs;
    total.rssMb += kilobytes(`/proc/${each}/status`, "VmRSS") / 1024;
    total.pssMb += kilobytes(`/proc/${each}/smaps_rollup`, "Pss") / 1024;
  }
  return total;
}

function statOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
  } catch {
    return undefined;
  }
}

function kilobytes(file, name) {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
