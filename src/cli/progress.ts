import type { Printer } from "./printer.ts";
import { formatBytes, formatDuration } from "./units.ts";

/** A line on the terminal that shows how far long work is; where stderr is no terminal, a line now and then. */
export interface ProgressBar {
  /** `total` 0 means that the end is not known yet. */
  update(label: string, done: number, total: number, unit?: "count" | "bytes"): void;
  /** Removes the line, so that what is printed next starts clean. */
  clear(): void;
}

/** In a log, work that takes long says how far it is this often. */
const LOG_MS = 10_000;
/** Redraws at most this often: a terminal is slow, and the work matters more. */
const REDRAW_MS = 80;
const BAR_WIDTH = 24;
/** A rate measured over less than this says nothing. */
const RATE_AFTER_S = 1;

/** A progress bar with the time that is left, reckoned from the rate since its label was first shown. */
export function createProgressBar(printer: Printer, now: () => number = () => performance.now()): ProgressBar {
  if (!printer.interactive) return createProgressLog(printer, now);
  let shown = "";
  let startedAt = 0;
  let startedDone = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    update(label, done, total, unit = "count") {
      const time = now();
      if (label !== shown) {
        shown = label;
        startedAt = time;
        startedDone = done;
      } else if (time - drawnAt < REDRAW_MS && done !== total) {
        return;
      }
      drawnAt = time;
      const seconds = (time - startedAt) / 1000;
      const rate = seconds > RATE_AFTER_S ? (done - startedDone) / seconds : 0;
      const amount = unit === "bytes" ? formatBytes : (value: number) => value.toLocaleString("en-US");
      if (total <= 0) return printer.err(`\r\u001B[K${cut(`${label} ${amount(done)}`, printer.columns)}`);
      const left = rate > 0 && done < total ? `, ${formatDuration((total - done) / rate)} left` : "";
      const share = Math.min(1, done / total);
      const text = ` ${Math.floor(share * 100)}% ${amount(done)}/${amount(total)}${left}`;
      // A line that wraps would leave its first part behind at each redraw; the bar gives way first.
      const width = Math.max(0, Math.min(BAR_WIDTH, printer.columns - label.length - text.length - 1));
      const filled = Math.round(share * width);
      const bar = printer.errStyle("cyan", "█".repeat(filled)) + printer.errStyle("dim", "░".repeat(width - filled));
      // Then the label.
      const name = cut(label, printer.columns - width - text.length - 1);
      printer.err(`\r\u001B[K${name} ${bar}${cut(text, printer.columns - 1)}`);
    },
    clear() {
      if (shown !== "") printer.err("\r\u001B[K");
      shown = "";
    },
  };
}

/** For logs and scripts: quick work says nothing at all. */
function createProgressLog(printer: Printer, now: () => number): ProgressBar {
  let toldAt = now();
  return {
    update(label, done, total, unit = "count") {
      if (now() - toldAt < LOG_MS) return;
      toldAt = now();
      const amount = unit === "bytes" ? formatBytes : (value: number) => value.toLocaleString("en-US");
      const share = total <= 0 ? "" : ` ${Math.floor(Math.min(1, done / total) * 100)}%`;
      const ofAll = total <= 0 ? "" : `/${amount(total)}`;
      printer.err(`${label}${share} ${amount(done)}${ofAll} …\n`);
    },
    clear() {},
  };
}

/** The beginning of a text that fits into so many columns, with a sign that it was cut. */
function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}${columns > 0 ? "…" : ""}`;
}
