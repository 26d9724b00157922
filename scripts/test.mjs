// `npm test`: installs, builds, checks, runs every test, and ends with the line `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { build, install, root } from "./prepare.mjs";

install();
build();
const report = path.join(mkdtempSync(path.join(os.tmpdir(), "codelab-test-")), "report.json");
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
const result = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(readFileSync(report, "utf8"));
rmSync(path.dirname(report), { recursive: true });
// A suite that does not even load fails no test of its own, and must still count.
const failed = success ? numFailedTests : Math.max(numFailedTests, 1);
console.log(`${numPassedTests} passed, ${failed} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ""}`);
process.exit(result.status ?? 1);
