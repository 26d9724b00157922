import { spawn } from "node:child_process";
import { secondsSince } from "../shared/numbers.mjs";
import { family, usageOf } from "../shared/processes.mjs";

/** The most memory that a living process and its descendants ever had, each for itself, in MB; 0 where /proc is missing. */
export function peakRssMb(pid) {
  return family(pid).reduce((sum, each) => sum + usageOf(each).peakMb, 0);
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
      const seconds = secondsSince(started);
      if (code === 0) resolve({ seconds, peakMb: peak, stdout });
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr.slice(-500)}`));
    });
  });
}
