import { type ChildProcess, spawn } from "node:child_process";

/**
 * Watches over a command on behalf of this process: when this process dies in whatever way, the pipe to the guardian
 * closes, and it kills the command's group and every process that carries the mark. Null where there is no shell.
 */
export function postGuardian(group: number, mark: string): ChildProcess | null {
  if (process.platform === "win32") return null;
  const guardian = spawn("/bin/sh", ["-c", SCRIPT, "guardian", String(group), mark], {
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

/** Ends the watch, the command having been seen to. */
export function dismissGuardian(guardian: ChildProcess | null): void {
  guardian?.kill("SIGKILL");
}

// Twice, because a process may just be starting another.
const SCRIPT = `
read -r _
kill -KILL -- "-$1" 2>/dev/null
for round in 1 2; do
  for directory in /proc/[0-9]*; do
    if tr '\\0' '\\n' < "$directory/environ" 2>/dev/null | grep -qxF -- "$2"; then
      kill -KILL "\${directory#/proc/}" 2>/dev/null
    fi
  done
done
`;
