import { styleText } from "node:util";
import { hasErrno, messageOf } from "../errors.ts";

export type StyleName = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
/** Dresses text in a style, or leaves it as it is where colours are not wanted. */
export type Style = (name: StyleName, text: string) => string;

/** The two streams of the program: results go to `out`, everything else to `err`. */
export interface Printer {
  readonly style: Style;
  readonly errStyle: Style;
  /** Whether stderr is a terminal that can show progress. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly out: (text: string) => void;
  readonly json: (value: unknown) => void;
  readonly err: (text: string) => void;
}

/**
 * A printer over the process's streams. Colours follow https://no-color.org (NO_COLOR wins), FORCE_COLOR, and whether
 * the stream is a terminal.
 */
export function createPrinter(
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Printer {
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error) => {
      // `codelab-mcp search … | head` closes the pipe early, which is no error of ours.
      if (hasErrno(error, "EPIPE")) return;
      // A result that cannot be written (a full disk) was not delivered: whoever asked must not take it for done.
      if (stream === stdout) stderr.write(`error: the output cannot be written: ${messageOf(error)}\n`);
      process.exit(1);
    });
  }
  return {
    style: styleFor(stdout, env),
    errStyle: styleFor(stderr, env),
    interactive: stderr.isTTY === true && env["TERM"] !== "dumb",
    // A terminal of a container or a script may not know its width, and says 0.
    columns: stderr.columns > 0 ? stderr.columns : 80,
    out: (text) => void stdout.write(text),
    json: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    err: (text) => void stderr.write(text),
  };
}

function styleFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Style {
  const force = env["FORCE_COLOR"];
  const wanted = (env["NO_COLOR"] ?? "") === "" && (force === undefined ? stream.isTTY === true : force !== "0");
  // The wish was weighed above, so the stream must not be asked a second time.
  const dress: Style = (name, text) => styleText(name, text, { validateStream: false });
  return wanted && env["TERM"] !== "dumb" ? dress : (_, text) => text;
}
