import type { Printer } from "../../src/cli/printer.ts";

/** A printer that remembers: plain text, by default no terminal. */
export function recordingPrinter(interactive = false, columns = 100): Printer & { stdout: string; stderr: string } {
  const printer = {
    stdout: "",
    stderr: "",
    interactive,
    columns,
    style: (_: string, text: string) => text,
    errStyle: (_: string, text: string) => text,
    out: (text: string) => void (printer.stdout += text),
    json: (value: unknown) => void (printer.stdout += `${JSON.stringify(value)}\n`),
    err: (text: string) => void (printer.stderr += text),
  };
  return printer;
}
