import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { hasErrno } from "../errors.ts";
import { processExists } from "../process-exists.ts";
import { hasInEnvironment, listProcesses } from "../workspace/processes.ts";

/** Which process a service is, in a way that outlives whoever started it. */
export interface PidRecord {
  /** 0 while it is being started: should the starter die just then, the mark tells which process it was. */
  readonly pid: number;
  /** When the process started, as the system tells it: a reused pid has another start. Empty where it tells nothing. */
  readonly started: string;
  /** `NAME=value` in its environment, drawn at random for it. */
  readonly mark: string;
  /** ISO 8601. */
  readonly since: string;
  /** Bytes of the log that were there before it. */
  readonly logStart: number;
}

/** Name of the variable that marks the processes of a service. */
export const MARK = "CODELAB_SERVICE";

/** The record in a pid file; null where there is none or it is damaged, which counts as none. */
export function readPidFile(file: string): PidRecord | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isRecord(parsed) ? parsed : null;
  } catch (error) {
    if (error instanceof SyntaxError || hasErrno(error, "ENOENT")) return null;
    throw error;
  }
}

/** Writes the record so that a reader sees all of it or none. */
export function writePidFile(file: string, record: PidRecord): void {
  makeDirectory(path.dirname(file), 0o700);
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(aside, file);
}

/** Removes a pid file, where there is one. */
export function removePidFile(file: string): void {
  rmSync(file, { force: true });
}

/** When a process started, as the system tells it; empty where it tells nothing. */
export function startOf(pid: number): string {
  return listProcesses().find((entry) => entry.pid === pid)?.started ?? "";
}

/** The process with a mark that leads a session, where the system tells (Linux only); null where there is none. */
export function findMarked(mark: string): { readonly pid: number; readonly started: string } | null {
  if (process.platform !== "linux") return null;
  return listProcesses().find(({ pid, session }) => pid === session && hasInEnvironment(pid, mark)) ?? null;
}

/** Whether the recorded process still runs, and is no other that was given its pid. */
export function isAlive({ pid, started, mark }: PidRecord): boolean {
  if (pid === 0) return false;
  const processes = listProcesses();
  // All that a system tells which gives no list of processes.
  if (processes.length === 0) return processExists(pid);
  const entry = processes.find((each) => each.pid === pid);
  if (entry === undefined || (started !== "" && entry.started !== started)) return false;
  // After a restart of the machine, pid and start may both come again by chance; the mark does not.
  return process.platform !== "linux" || hasInEnvironment(pid, mark);
}

function isRecord(value: unknown): value is PidRecord {
  if (typeof value !== "object" || value === null) return false;
  const has = (key: string, type: string) => typeof Object.entries(value).find(([name]) => name === key)?.[1] === type;
  return (
    has("pid", "number") && has("logStart", "number") && ["started", "mark", "since"].every((key) => has(key, "string"))
  );
}
