// `npm test`: installs, builds, checks, runs every test, and ends with the line `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { build, install, root } from "./prepare.mjs";

install();
build();
// Whatever the tests leave behind, also when they are killed, goes with this directory.
const temporary = mkdtempSync(path.join(os.tmpdir(), "codelab-test-"));
// Some tests act as another user, who must be able to pass through.
chmodSync(temporary, 0o755);
const report = path.join(temporary, "report.json");
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
const result = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary } },
);
const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(readFileSync(report, "utf8"));
rmSync(temporary, { recursive: true, force: true });
// A suite that does not even load fails no test of its own, and must still count.
const failed = success ? numFailedTests : Math.max(numFailedTests, 1);
console.log(`${numPassedTests} passed, ${failed} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ""}`);
process.exit(result.status ?? 1);
