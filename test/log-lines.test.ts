import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasErrno, messageOf, UserError } from "../src/errors.ts";
import { createLogger, LOG_LEVELS, type LogFields, type LogLevel } from "../src/log.ts";

const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARN|ERROR) (.*)\n$/;
const severities = LOG_LEVELS.filter((level): level is Exclude<LogLevel, "silent"> => level !== "silent");

function logged(level: LogLevel, message: string, fields?: LogFields): string[] {
  const lines: string[] = [];
  const log = createLogger(level, (line) => lines.push(line));
  for (const severity of severities) log[severity](message, fields);
  return lines;
}

describe("a logger", () => {
  it.each(LOG_LEVELS)("at %s says that and what is worse, and nothing else", (level) => {
    const from = LOG_LEVELS.indexOf(level);
    const said = logged(level, "x").map((line) => LINE.exec(line)?.[1]);
    expect(said).toEqual(severities.filter((_, index) => index >= from).map((each) => each.toUpperCase()));
  });

  it("writes one line a record, whatever names of files and errors hold: no record can be forged", () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom("\n2026-01-01T00:00:00.000Z ERROR forged", "\r\n", "a\nb"),
      fc.double(),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.constantFrom("path", "reason", "n"), value), (message, fields) => {
        const [line = ""] = logged("error", message, fields);
        expect(line.match(/[\n\r]/g)).toEqual(["\n"]);
        for (const [key, each] of Object.entries(fields))
          expect(line).toContain(` ${key}=${typeof each === "string" ? JSON.stringify(each) : String(each)}`);
      }),
    );
  });

  it("leaves out fields that are not known, and tells of null", () => {
    const [line = ""] = logged("error", "Read", { path: undefined, hash: null, size: 0, ok: false });
    expect(LINE.exec(line)?.[2]).toBe("Read hash=null size=0 ok=false");
  });
});

describe("an error", () => {
  it("of the caller carries a code of a family, a hint and its cause", () => {
    const cause = new Error("why");
    const error = new UserError("workspace.not-found", "it is gone", { hint: "Look.", cause });
    expect(error).toMatchObject({ name: "UserError", code: "workspace.not-found", hint: "Look.", cause });
    expect(error).toBeInstanceOf(Error);
    expect("cause" in new UserError("index.x", "y")).toBe(false);
    expect(new UserError("index.x", "y").hint).toBeUndefined();
  });

  it("is told in words, whatever was thrown", () => {
    expect([new Error("a"), "b", 7, null, undefined, { toString: () => "c" }].map(messageOf)).toEqual([
      "a",
      "b",
      "7",
      "null",
      "undefined",
      "c",
    ]);
  });

  it("is known by its errno, and only where it is one", () => {
    const error = Object.assign(new Error("x"), { code: "ENOENT" });
    expect(hasErrno(error, "EPERM", "ENOENT")).toBe(true);
    expect(hasErrno(error, "EPERM")).toBe(false);
    expect(hasErrno(error)).toBe(false);
    for (const other of [
      { code: "ENOENT" },
      "ENOENT",
      null,
      new Error("ENOENT"),
      Object.assign(new Error("x"), { code: 2 }),
    ])
      expect(hasErrno(other, "ENOENT")).toBe(false);
  });
});
