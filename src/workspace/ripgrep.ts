import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { UserError, messageOf } from "../errors.ts";

/** One matching line as the engine reports it. */
export interface RipgrepMatch {
  readonly file: string;
  readonly line: number;
  /** Null where the line is no valid UTF-8. */
  readonly text: string | null;
}

export interface RipgrepRun {
  readonly cwd: string;
  readonly pattern: string;
  readonly flags: readonly string[];
  /** Relative to `cwd`. */
  readonly files: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Searches the given files with ripgrep (linear time whatever the pattern) and yields matches in order; ending the
 * iteration ends the process. Throws `request.invalid-pattern`, `service.no-ripgrep`, and the signal's reason.
 */
export async function* ripgrep(run: RipgrepRun): AsyncGenerator<RipgrepMatch> {
  const fixed = ["--json", "--no-config", "--no-messages", "--no-ignore", "--hidden", "--no-follow", "--threads=2"];
  const child = spawn(findRipgrep(), [...fixed, ...run.flags, "--regexp", run.pattern, "--", ...run.files], {
    cwd: run.cwd,
    // Nothing of our environment changes what it does, and it never asks the terminal anything.
    env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
    signal: run.signal,
    killSignal: "SIGKILL",
    windowsHide: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  ended.catch(() => {});
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (data: string) => {
    if (complaint.length < 4000) complaint += data;
  });
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const match = readMessage(line);
      if (match !== null) yield match;
    }
    const code = await ended;
    if (code === 2 && complaint !== "") throw badPattern(run.pattern, complaint);
  } catch (error) {
    if (error instanceof UserError) throw error;
    run.signal.throwIfAborted();
    throw new UserError("service.no-ripgrep", `ripgrep could not be run: ${messageOf(error)}`, { cause: error });
  } finally {
    child.kill("SIGKILL");
  }
}

/** Looked up only when a search needs it; the package's own entry would throw at import where its binary is absent. */
function findRipgrep(): string {
  const name = process.platform === "win32" ? "rg.exe" : "rg";
  const binary = `@vscode/ripgrep-${process.platform}-${process.arch}/bin/${name}`;
  try {
    // Package managers that do not hoist put the binary's package beside the one that asked for it.
    return createRequire(createRequire(import.meta.url).resolve("@vscode/ripgrep")).resolve(binary);
  } catch {
    return name;
  }
}

interface Text {
  readonly text?: string;
}

interface Message {
  readonly type?: string;
  readonly data?: { readonly path?: Text; readonly lines?: Text; readonly line_number?: number };
}

function readMessage(line: string): RipgrepMatch | null {
  // Only matches matter, and parsing the rest would cost as much again.
  if (!line.startsWith('{"type":"match"')) return null;
  const { data } = JSON.parse(line) as Message;
  const file = data?.path?.text;
  if (file === undefined || data?.line_number === undefined) return null;
  return { file, line: data.line_number, text: data.lines?.text?.replace(/\r?\n$/, "") ?? null };
}

function badPattern(pattern: string, complaint: string): UserError {
  const reason = complaint
    .replace(/^rg: /, "")
    .replace(/^regex parse error:\s*/, "")
    .trim();
  return new UserError("request.invalid-pattern", `${JSON.stringify(pattern)} is no valid pattern:\n${reason}`, {
    hint: "Patterns are Rust regular expressions (no look-around, no backreferences); for plain text pass literal: true.",
  });
}
