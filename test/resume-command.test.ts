import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, mkdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resumeCommand } from "../src/resume-command.ts";

test.each([
  [null, "5f0e7c1a", "claude --resume 5f0e7c1a"],
  ["/home/me/shop", "s", "cd /home/me/shop && claude --resume s"],
  ["/home/me/my shop", "s", "cd '/home/me/my shop' && claude --resume s"],
  ["/x", "-rf", "cd /x && claude --resume '-rf'"],
  ["~", "~root", "cd '~' && claude --resume '~root'"],
])("%j, %j", (cwd, sessionId, command) => {
  expect(resumeCommand(cwd, sessionId)).toBe(command);
});

test.skipIf(process.platform === "win32")(
  "whatever a log says its directory and session were, the shell runs nothing else",
  () => {
    const place = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-resume-")));
    try {
      const name = fc.string({
        unit: fc.constantFrom(...Array.from("ab $`'\"\\;&|()<>!*?#~\n-=")),
        minLength: 1,
        maxLength: 12,
      });
      fc.assert(
        fc.property(name, name, (folder, sessionId) => {
          const cwd = path.join(place, `d${folder}`);
          mkdirSync(cwd, { recursive: true });
          const script = `claude() { printf '%s\\0' "$PWD" "$@"; }; ${resumeCommand(cwd, sessionId)}`;
          const said = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0");
          expect(said).toEqual([cwd, "--resume", sessionId, ""]);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
);
