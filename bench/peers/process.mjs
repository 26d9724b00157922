import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** Peak resident memory of a living process and its children, in MB; 0 where /proc is missing. */
export function peakRssMb(pid) {
  try {
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return children.reduce((sum, child) => sum + peakRssMb(child), own);
  } catch {
    return 0;
  }
}

/** Runs a command to its end: wall seconds, peak memory (sampled) and what it printed. */
export function runToEnd(command, args, options) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let stdout = "";
    let stderr = "";
    let peak = 0;
    const sampler = setInterval(() => (peak = Math.max(peak, peakRssMb(child.pid))), 20);
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(sampler);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) resolve({ seconds, peakMb: peak, stdout });
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.slice(-500)}`));
    });
  });
}
