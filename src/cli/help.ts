import type { Command, Option } from "./command.ts";
import { optionsOf } from "./parse.ts";
import type { Style } from "./printer.ts";
import type { Verb } from "./verbs.ts";

/** The overview: what the program is, its verbs, and how to begin. */
export function renderOverview(verbs: readonly Verb[], style: Style): string {
  const begin: Row[] = [
    ["codelab-mcp index", "index the project you are in"],
    ['codelab-mcp search "where is the retry logic"', "ask it something"],
  ];
  return [
    `${style("bold", "codelab-mcp")} gives coding agents a memory, safe hands and an embedding service of their own.`,
    ...section("Usage", ["  codelab-mcp VERB [OPTIONS]"], style),
    ...section(
      "Verbs",
      table(
        verbs.map(({ name, summary }): Row => [name, summary]),
        style,
      ),
      style,
    ),
    ...section("Begin with", table(begin, style), style),
    "",
    "`codelab-mcp VERB --help` explains a verb. Without a verb and with input from a pipe, it serves MCP over stdio.",
    "",
  ].join("\n");
}

/** The help of one verb: usage, arguments, flags and examples. */
export function renderCommandHelp(command: Command, style: Style): string {
  const positionals = (command.positionals ?? []).map(({ name, description }): Row => [name, description]);
  const options = Object.entries(optionsOf(command)).map(([name, option]): Row => [
    flagOf(name, option),
    option.description,
  ]);
  const examples = command.examples.map(({ line, does }): Row => [`codelab-mcp ${line}`, does]);
  return [
    `${command.summary}.`,
    ...(command.details === undefined ? [] : ["", command.details]),
    ...section("Usage", [`  codelab-mcp ${usageOf(command)}`], style),
    ...(positionals.length === 0 ? [] : section("Arguments", table(positionals, style), style)),
    ...section("Options", table(options, style), style),
    ...section("Examples", table(examples, style), style),
    "",
  ].join("\n");
}

/** The verb with its arguments as one writes them, such as `search QUERY... [OPTIONS]`. */
export function usageOf(command: Command): string {
  const words = (command.positionals ?? []).map(({ name, required, rest }) => {
    const word = rest === true ? `${name}...` : name;
    return required === true ? word : `[${word}]`;
  });
  return [command.name, ...words, "[OPTIONS]"].join(" ");
}

/** A flag as one writes it, such as `-h, --help` or `--limit N`. */
export function flagOf(name: string, { short, value }: Option): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

type Row = readonly [string, string];

function section(title: string, lines: readonly string[], style: Style): string[] {
  return ["", style("bold", `${title}:`), ...lines];
}

function table(rows: readonly Row[], style: Style): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${style("cyan", left.padEnd(width))}  ${right}`);
}
