import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createProgressBar } from "../../src/cli/progress.ts";
import { formatBytes, formatCount, formatDuration, formatMoment } from "../../src/cli/units.ts";
import { recordingPrinter } from "./recording-printer.ts";

describe("createProgressBar", () => {
  it("prints a line every ten seconds where stderr is no terminal, and nothing of quick work", () => {
    const printer = recordingPrinter(false);
    let time = 0;
    const bar = createProgressBar(printer, () => time);
    const at = (seconds: number, done: number) => {
      time = 1_000 * seconds;
      bar.update("Embedding", done, 20_000);
    };
    at(0, 0);
    at(9, 2_000);
    bar.clear();
    expect(printer.stderr).toBe("");
    at(10, 2_500);
    at(15, 5_000);
    at(21, 20_000);
    expect(printer.stderr).toBe("Embedding 12% 2,500/20,000 …\nEmbedding 100% 20,000/20,000 …\n");
    time = 40_000;
    bar.update("downloading a model", 3_000_000, 0, "bytes");
    expect(printer.stderr).toMatch(/downloading a model 3\.0 MB …\n$/);
    expect(printer.stdout).toBe("");
  });

  it("shows share, amount and the time that is left", () => {
    const printer = recordingPrinter(true);
    let time = 0;
    const bar = createProgressBar(printer, () => time);
    bar.update("Embedding", 0, 1000);
    time = 2_000;
    printer.stderr = "";
    bar.update("Embedding", 500, 1000);
    expect(printer.stderr).toContain("50% 500/1,000, 2.0 s left");
  });

  it("redraws rarely, but always draws the end", () => {
    const printer = recordingPrinter(true);
    const bar = createProgressBar(printer, () => 0);
    bar.update("Reading", 1, 10);
    printer.stderr = "";
    bar.update("Reading", 2, 10);
    expect(printer.stderr).toBe("");
    bar.update("Reading", 10, 10);
    expect(printer.stderr).toContain("100%");
  });

  it("never grows wider than the terminal, whatever is shown on whichever, and cleans up after itself", () => {
    const label = fc.string({ minLength: 1, maxLength: 90 }).map((text) => text.replaceAll(/[^ -~]/g, "x"));
    const amounts = fc.tuple(fc.nat(10 ** 12), fc.nat(10 ** 12), fc.constantFrom("count", "bytes"));
    fc.assert(
      fc.property(label, fc.integer({ min: 1, max: 200 }), amounts, (name, columns, [done, total, unit]) => {
        const printer = recordingPrinter(true, columns);
        const bar = createProgressBar(printer, () => 0);
        bar.update(name, done, total, unit);
        const [nothing, line = ""] = printer.stderr.split("\r\u001B[K");
        expect(nothing).toBe("");
        expect(line.length).toBeLessThanOrEqual(columns);
        bar.clear();
        expect(printer.stderr.endsWith("\r\u001B[K")).toBe(true);
        expect(printer.stdout).toBe("");
      }),
    );
  });

  it("shows a share from 0 to 100 %, also where more was done than was expected", () => {
    for (const [done, share] of [
      [0, "0%"],
      [7, "70%"],
      [10, "100%"],
      [12, "100%"],
    ] as const) {
      const printer = recordingPrinter(true);
      createProgressBar(printer, () => 0).update("Reading", done, 10);
      expect(printer.stderr).toContain(` ${share} `);
    }
  });
});

describe("units", () => {
  it("are what a person would write", () => {
    expect([0.04, 9.94, 45, 200, 3_900].map(formatDuration)).toEqual(["0.0 s", "9.9 s", "45 s", "3 min", "1 h 5 min"]);
    expect([999, 34_500_000, 1_250_000_000].map(formatBytes)).toEqual(["999 B", "34.5 MB", "1.25 GB"]);
    expect([formatCount(1, "file"), formatCount(1_200, "file")]).toEqual(["1 file", "1,200 files"]);
  });

  it("never show what should have become the next unit", () => {
    const seconds = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 400_000 }));
    fc.assert(
      fc.property(seconds, (value) => {
        const [, minutes = "0"] = /(\d+) min$/.exec(formatDuration(value)) ?? [];
        expect(Number(minutes)).toBeLessThan(60);
        expect(formatDuration(value)).toMatch(/^(?:\d\.\d s|\d\d s|\d\d? min|\d+ h \d\d? min)$/);
      }),
    );
    expect([9.96, 89.7, 3_599, 7_190, 7_201].map(formatDuration)).toEqual([
      "10 s",
      "1 min",
      "1 h 0 min",
      "2 h 0 min",
      "2 h 0 min",
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_000_000_000 }), (bytes) => {
        expect(Number(formatBytes(bytes).split(" ")[0])).toBeLessThan(1_000);
      }),
    );
    expect([999_949, 999_950, 999_999_999].map(formatBytes)).toEqual(["999.9 kB", "1.0 MB", "1.00 GB"]);
  });
});

describe("formatMoment", () => {
  it("tells when, and how long ago", () => {
    const at = Date.UTC(2026, 10, 26, 1, 2, 3, 557);
    expect(formatMoment(at, at + 180_000)).toBe("2026-11-26 01:02:03 UTC, 3 min ago");
    expect(formatMoment(at, at + 3.5 * 86_400_000)).toBe("2026-11-26 01:02:03 UTC, 3 days ago");
    // Another machine's clock may be ahead.
    expect(formatMoment(at, at - 5_000)).toBe("2026-11-26 01:02:03 UTC, 0.0 s ago");
  });
});
