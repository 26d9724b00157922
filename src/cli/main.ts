import { hasErrno, messageOf, UserError } from "../errors.ts";
import { homeDirectory } from "../home-directory.ts";
import { visible } from "../visible.ts";
import type { Command, CommandInput } from "./command.ts";
import { closest } from "../edit-distance.ts";
import { renderCommandHelp, renderOverview } from "./help.ts";
import { optionsOf, parseCommandLine, type ParsedArguments } from "./parse.ts";
import type { Printer } from "./printer.ts";
import { VERBS } from "./verbs.ts";

/** What the process ends with. */
export const EXIT = { done: 0, userError: 1, bug: 2, interrupted: 130 } as const;

export interface MainOptions {
  readonly args: readonly string[];
  readonly printer: Printer;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  /** Null where the directory that the program was started in is gone. */
  readonly cwd: string | null;
  readonly stdinIsTerminal: boolean;
  readonly version: () => string;
}

/** Runs one command line to its exit code; nothing that is thrown leaves it. */
export async function main(options: MainOptions): Promise<number> {
  try {
    return await dispatch(options);
  } catch (error) {
    if (options.signal.aborted) return EXIT.interrupted;
    return report(error, options);
  }
}

async function dispatch(options: MainOptions): Promise<number> {
  const { args, printer } = options;
  const [first, ...rest] = args;
  if (first === undefined && !options.stdinIsTerminal) return await runVerb("serve", [], options);
  if (first === "help" && rest[0] !== undefined) return await runVerb(rest[0], ["--help"], options);
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    printer.out(renderOverview(VERBS, printer.style));
    return EXIT.done;
  }
  if (first === "--version" || first === "-V") {
    printer.out(`${options.version()}\n`);
    return EXIT.done;
  }
  return await runVerb(first, rest, options);
}

async function runVerb(name: string, args: readonly string[], options: MainOptions): Promise<number> {
  const verb = VERBS.find((candidate) => candidate.name === name);
  if (verb === undefined) throw unknownVerb(name);
  const command = await verb.load();
  // Help is answered before anything else is checked: whoever asks for it may not know the rest yet.
  if (flagsOf(args).some((arg) => arg === "--help" || arg === "-h")) {
    options.printer.out(renderCommandHelp(command, options.printer.style));
    return EXIT.done;
  }
  const code = await command.run(inputFor(command, parseCommandLine(command, args), options));
  return code ?? (options.signal.aborted ? EXIT.interrupted : EXIT.done);
}

/** The words among which flags are looked for: what follows `--` is none. */
function flagsOf(args: readonly string[]): readonly string[] {
  return args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
}

function inputFor(command: Command, { positionals, options }: ParsedArguments, context: MainOptions): CommandInput {
  const flags = Object.fromEntries(
    Object.entries(optionsOf(command)).flatMap(([name, { setting }]) =>
      setting === undefined ? [] : [[setting, options[name]]],
    ),
  );
  return {
    positionals,
    options,
    json: options["json"] === true,
    printer: context.printer,
    program: programOf(context.env),
    signal: context.signal,
    config: async (overrides = {}) => {
      // Validation costs more to load than all of the help, which does without it.
      const { loadConfig } = await import("../config.ts");
      const { env, cwd } = context;
      return loadConfig({ flags: { ...flags, ...overrides }, env, cwd, homeDir: homeDirectory() });
    },
  };
}

/** In a clone and by `npx` nothing is installed under the program's name: what the user is to type says how it was started. */
function programOf(env: NodeJS.ProcessEnv): string {
  const started = env["npm_package_name"] === "codelab-mcp" ? env["npm_lifecycle_event"] : undefined;
  if (started === "start") return "npm start --";
  return started === "npx" ? "npx codelab-mcp" : "codelab-mcp";
}

function unknownVerb(name: string): UserError {
  const suggested = closest(
    name,
    VERBS.map((verb) => verb.name),
  );
  const what = name.startsWith("-") ? "unknown option" : "unknown verb";
  return new UserError("request.unknown-verb", `${what} "${name}"`, {
    hint: suggested === undefined ? "Run `codelab-mcp --help` for all verbs." : `Did you mean "${suggested}"?`,
  });
}

function report(thrown: unknown, { args, printer, version }: MainOptions): number {
  const error = inWords(firstOf(thrown));
  const isUserError = error instanceof UserError;
  if (flagsOf(args).includes("--json")) {
    const { code, hint } = isUserError ? error : { code: "internal", hint: undefined };
    printer.json({ error: { code, message: messageOf(error), hint } });
  }
  printer.err(`${printer.errStyle("red", "error:")} ${visible(messageOf(error))}\n`);
  if (isUserError) {
    if (error.hint !== undefined) printer.err(`${printer.errStyle("cyan", "hint:")} ${visible(error.hint)}\n`);
    return EXIT.userError;
  }
  const stack = error instanceof Error ? `${error.stack ?? ""}\n` : "";
  printer.err(`${stack}This is a bug in codelab-mcp ${version()}; please report it with the lines above.\n`);
  return EXIT.bug;
}

/** What a machine refuses everywhere in the program alike, as the user's to mend; anything else as it is. */
function inWords(error: unknown): unknown {
  if (!hasErrno(error, "EMFILE", "ENFILE")) return error;
  return new UserError("request.too-few-files", "this system lets the program open too few files at once", {
    hint: "Raise the limit, such as by `ulimit -n 1024`.",
    cause: error,
  });
}

/** Where closing what was open failed as well, what went wrong first: the rest mostly follows from it. */
function firstOf(thrown: unknown): unknown {
  let error = thrown;
  while (error instanceof Error && error.name === "SuppressedError" && "suppressed" in error) error = error.suppressed;
  return error;
}
