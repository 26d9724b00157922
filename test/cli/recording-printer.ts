import type { Printer } from "../../src/cli/printer.ts";

/** A printer that remembers: plain text, by default no terminal. */
export function recordingPrinter(interactive = false): Printer & { stdout: string; stderr: string } {
  return {
    stdout: "",
    stderr: "",
    interactive,
    columns: 100,
    style: (_, text) => text,
    errStyle: (_, text) => text,
    out(text) {
      this.stdout += text;
    },
    json(value) {
      this.stdout += `${JSON.stringify(value)}\n`;
    },
    err(text) {
      this.stderr += text;
    },
  };
}
