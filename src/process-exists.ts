import { hasErrno } from "./errors.ts";

/** Whether a process of this machine has this id, whoever's it is; it may be another than the one that once had it. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrno(error, "EPERM");
  }
}
