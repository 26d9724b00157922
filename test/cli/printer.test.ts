import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createPrinter } from "../../src/cli/printer.ts";

const ESCAPE = "\u001b[";

/** A stream as the process has them: a terminal or none. */
function stream(isTTY: boolean): NodeJS.WriteStream & { text: () => string } {
  const through = new PassThrough();
  const parts: string[] = [];
  through.on("data", (data: Buffer) => parts.push(data.toString()));
  return Object.assign(through, { isTTY, columns: 42, text: () => parts.join("") }) as never;
}

function dressed({ out = true, err = true, env = {} }: { out?: boolean; err?: boolean; env?: NodeJS.ProcessEnv }) {
  const printer = createPrinter(stream(out), stream(err), env);
  return {
    out: printer.style("red", "x") !== "x",
    err: printer.errStyle("red", "x") !== "x",
    interactive: printer.interactive,
  };
}

describe("colours", () => {
  it.each([
    ["on a terminal", {}, { out: true, err: true, interactive: true }],
    ["not into a pipe", { out: false }, { out: false, err: true, interactive: true }],
    ["not into a log", { err: false }, { out: true, err: false, interactive: false }],
    ["not with NO_COLOR", { env: { NO_COLOR: "1" } }, { out: false, err: false, interactive: true }],
    [
      "with an empty NO_COLOR, which counts as not set",
      { env: { NO_COLOR: "" } },
      { out: true, err: true, interactive: true },
    ],
    [
      "into a pipe with FORCE_COLOR",
      { out: false, env: { FORCE_COLOR: "1" } },
      { out: true, err: true, interactive: true },
    ],
    ["never with FORCE_COLOR=0", { env: { FORCE_COLOR: "0" } }, { out: false, err: false, interactive: true }],
    [
      "not where both are set: NO_COLOR wins",
      { env: { FORCE_COLOR: "1", NO_COLOR: "1" } },
      { out: false, err: false, interactive: true },
    ],
    [
      "not on a dumb terminal, which shows no progress either",
      { env: { TERM: "dumb" } },
      { out: false, err: false, interactive: false },
    ],
  ])("%s", (_, options, expected) => {
    expect(dressed(options)).toEqual(expected);
  });

  it("end where they begin", () => {
    const { style } = createPrinter(stream(true), stream(true), {});
    for (const name of ["bold", "dim", "red", "green", "yellow", "cyan"] as const) {
      const text = style(name, "word");
      expect(text.startsWith(ESCAPE) && text.includes("word") && text.lastIndexOf(ESCAPE) > text.indexOf("word")).toBe(
        true,
      );
    }
  });
});

describe("the two streams", () => {
  it("get results and everything else apart, JSON in one piece with a line's end", () => {
    const [stdout, stderr] = [stream(false), stream(false)];
    const printer = createPrinter(stdout, stderr, {});
    printer.out("a");
    printer.json({ b: [1, undefined, "é"] });
    printer.err("c");
    expect(stdout.text()).toBe(`a${JSON.stringify({ b: [1, null, "é"] }, null, 2)}\n`);
    expect(stderr.text()).toBe("c");
    expect(printer.columns).toBe(42);
    // Some terminals do not know, and a log has none.
    for (const columns of [0, undefined]) {
      expect(createPrinter(stream(true), Object.assign(stream(true), { columns }), {}).columns).toBe(80);
    }
  });

  it("may be closed by whoever reads them, which is no error", () => {
    const stdout = stream(false);
    const printer = createPrinter(stdout, stream(false), {});
    expect(() => stdout.emit("error", Object.assign(new Error("closed"), { code: "EPIPE" }))).not.toThrow();
    expect(() => printer.out("more")).not.toThrow();
  });
});
