import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { notStartedHint } from "../../src/workspace/launch.ts";
import { belowOnWindows, windowsHazard } from "../../src/workspace/windows-names.ts";

it.each([
  ["CON", true],
  ["src/nul.txt", true],
  ["com1", true],
  ["lpt9.log", true],
  ["C:x", true],
  ["\\\\server\\share", true],
  ["//server/share", true],
  ["\\\\?\\C:\\x", true],
  ["a.ts:stream", true],
  ["a.", true],
  ["a ", true],
  ["dir./x", true],
  ["a<b", true],
  ["conin$", true],
  ["C:\\project\\a.ts", false],
  ["src/console.ts", false],
  ["common", false],
  ["..\\x", false],
  [".gitignore", false],
])("sees what %j would mean on Windows", (given, hazard) => expect(windowsHazard(given) !== null).toBe(hazard));

it.each([
  ["C:\\Work\\app", "c:\\work\\APP\\src\\a.ts", "\\src\\a.ts"],
  ["C:\\Work\\app", "C:/Work/app/src/a.ts", "/src/a.ts"],
  ["C:\\Work\\app", "C:\\Work\\app", ""],
  ["C:\\Work\\app\\", "c:\\work\\app\\", "\\"],
  ["C:\\", "c:\\a.ts", "\\a.ts"],
  ["\\\\server\\share\\app", "//SERVER/share/app/a.ts", "/a.ts"],
  ["C:\\Work\\app", "C:\\Work\\app-evil\\a.ts", null],
  ["C:\\Work\\app", "C:\\Work\\app::$DATA", null],
  ["C:\\Work\\app", "C:\\Work", null],
  ["C:\\Work\\app", "D:\\Work\\app\\a.ts", null],
  ["C:\\Work\\app", "\\\\?\\C:\\Work\\app\\a.ts", null],
  ["C:\\Work\\app", "\\Work\\app\\a.ts", null],
  ["C:\\\u0130x", "C:\\ix\\a.ts", null],
])("on Windows, below %j, %j is %j", (base, given, rest) => expect(belowOnWindows(base, given)).toBe(rest));

it("on Windows, what is below a directory and no hazard stays below it, however it is spelled", () => {
  const part = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_ .:~$?*\u0131\u017f-]{1,8}$/),
    fc.constantFrom("..", ".", "con", "NUL.txt", "a::$DATA", "C:", "git~1", "x. ", "\\\\?"),
  );
  const path_ = fc.array(fc.tuple(part, fc.constantFrom("\\", "/", "\\\\", "//")), { maxLength: 6 });
  const spelled = fc.constantFrom(
    "C:\\Work\\app",
    "c:/WORK/APP",
    "C:\\work/App",
    "",
    "\\",
    "D:\\Work\\app",
    "\\\\C:\\Work",
  );
  fc.assert(
    fc.property(spelled, path_, (base, parts) => {
      const given = base + parts.map(([name, slash]) => slash + name).join("");
      const rest = path.win32.isAbsolute(given) ? belowOnWindows("C:\\Work\\app", given) : given;
      if (rest === null || windowsHazard(rest) !== null || rest.split(/[\\/]/).includes("..")) return;
      const names = rest.split(/[\\/]+/).filter((name) => name !== "" && name !== ".");
      const reached = path.win32.resolve("C:\\Work\\app", names.join("/"));
      expect(reached === "C:\\Work\\app" || reached.startsWith("C:\\Work\\app\\")).toBe(true);
      expect(path.win32.relative("C:\\Work\\app", reached).split("\\").filter(Boolean)).toEqual(names);
    }),
  );
});

it("on Windows, says how programs are started that are files for its shell", () => {
  const run = { argv: ["npm", "test"] };
  expect(notStartedHint({ run }, "win32")).toContain("`command` in place of `argv`");
  expect(notStartedHint({ run }, "linux")).not.toContain("shell");
  expect(notStartedHint({ run: { shell: "cmd.exe", line: "npm test" } }, "win32")).not.toContain("its shell");
});
