import { type ChildProcess, spawn } from "node:child_process";

/**
 * Watches over a command on behalf of this process: when this process dies in whatever way, the pipe to the guardian
 * closes, and it kills the command's group and every process that carries the mark. It is posted before the command
 * starts, so that there is no moment at which nobody watches. Null where there is no shell.
 */
export function postGuardian(mark: string): ChildProcess | null {
  if (process.platform === "win32") return null;
  const guardian = spawn("/bin/sh", ["-c", SCRIPT, "guardian", mark], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guardian.on("error", () => {});
  guardian.stdin.on("error", () => {});
  guardian.unref();
  return guardian;
}

/** Tells it the command's group, once there is one. */
export function showGroup(guardian: ChildProcess | null, group: number): void {
  guardian?.stdin?.write(`${group}\n`);
}

/** Ends the watch, the command having been seen to. */
export function dismissGuardian(guardian: ChildProcess | null): void {
  guardian?.kill("SIGKILL");
}

// More than once, because a process may just be starting another; the last time after it had time to.
const SCRIPT = `
while read -r line; do group=$line; done
for pause in 0 0 1; do
  sleep "$pause"
  [ -n "$group" ] && kill -s KILL -- "-$group" 2>/dev/null
  for directory in /proc/[0-9]*; do
    if tr '\\0' '\\n' < "$directory/environ" 2>/dev/null | grep -qxF -- "$1"; then
      kill -KILL "\${directory#/proc/}" 2>/dev/null
    fi
  done
done
`;
