import { parseArgs } from "node:util";
import { messageOf, UserError } from "../errors.ts";
import { COMMON_OPTIONS, type Command, type Option } from "./command.ts";
import { closest } from "../edit-distance.ts";

export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** All flags of a verb, its own first. */
export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  return { ...command.options, ...COMMON_OPTIONS };
}

/**
 * Parses the words after the verb; `--no-x` turns a boolean flag off.
 * @throws UserError `request.bad-arguments` naming the flag or argument that is unknown, missing or one too many.
 */
export function parseCommandLine(command: Command, args: readonly string[]): ParsedArguments {
  const known = optionsOf(command);
  let parsed: ParsedArguments;
  try {
    parsed = parseStrictly(args, known);
  } catch (error) {
    throw badArguments(command, firstSentence(messageOf(error)), suggestion(args, Object.keys(known)));
  }
  const wanted = command.positionals ?? [];
  const missing = wanted.find(({ required }, index) => required === true && parsed.positionals[index] === undefined);
  if (missing !== undefined) throw badArguments(command, `${missing.name} is missing`);
  const extra = wanted.some(({ rest }) => rest === true) ? undefined : parsed.positionals[wanted.length];
  if (extra !== undefined) throw badArguments(command, `unexpected argument "${extra}"`);
  return parsed;
}

function parseStrictly(args: readonly string[], known: Readonly<Record<string, Option>>): ParsedArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(known).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
    ),
    strict: true,
    allowPositionals: true,
    allowNegative: true,
  });
  return { positionals, options: { ...values } };
}

function badArguments(command: Command, message: string, suggested?: string): UserError {
  const hint = `Run \`codelab-mcp ${command.name} --help\` for its flags.`;
  return new UserError("request.bad-arguments", `${command.name}: ${message}`, {
    hint: suggested === undefined ? hint : `Did you mean --${suggested}? ${hint}`,
  });
}

/** Node explains how to escape a positional that looks like a flag; that is noise to someone who mistyped one. */
function firstSentence(message: string): string {
  const text = message.split(". To specify")[0] ?? message;
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function suggestion(args: readonly string[], known: readonly string[]): string | undefined {
  const unknown = args
    .filter((arg) => arg.startsWith("--"))
    .map(flagName)
    .find((name) => !known.includes(name));
  return unknown === undefined ? undefined : closest(unknown, known);
}

function flagName(arg: string): string {
  return arg.replace(/^--(no-)?/, "").replace(/=.*/, "");
}
