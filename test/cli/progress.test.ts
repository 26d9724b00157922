import { describe, expect, it } from "vitest";
import { createProgressBar } from "../../src/cli/progress.ts";
import { formatBytes, formatCount, formatDuration } from "../../src/cli/units.ts";
import { recordingPrinter } from "./recording-printer.ts";

describe("createProgressBar", () => {
  it("prints nothing where stderr is no terminal", () => {
    const printer = recordingPrinter(false);
    const bar = createProgressBar(printer);
    bar.update("Embedding", 1, 2);
    bar.clear();
    expect(printer.stderr + printer.stdout).toBe("");
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

  it("never grows wider than the terminal and cleans up after itself", () => {
    const printer = { ...recordingPrinter(true), columns: 40 };
    const bar = createProgressBar(printer);
    bar.update("Downloading all-MiniLM-L6-v2", 5_000_000, 20_000_000, "bytes");
    expect(printer.stderr.replace("\r\u001B[K", "").length).toBeLessThanOrEqual(60);
    bar.clear();
    expect(printer.stderr.endsWith("\r\u001B[K")).toBe(true);
  });
});

describe("units", () => {
  it("are what a person would write", () => {
    expect([0.04, 9.94, 45, 200, 3_900].map(formatDuration)).toEqual(["0.0 s", "9.9 s", "45 s", "3 min", "1 h 5 min"]);
    expect([999, 34_500_000, 1_250_000_000].map(formatBytes)).toEqual(["999 B", "34.5 MB", "1.25 GB"]);
    expect([formatCount(1, "file"), formatCount(1_200, "file")]).toEqual(["1 file", "1,200 files"]);
  });
});
