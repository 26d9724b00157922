import type { Config, SettingKey } from "../settings.ts";
import type { Printer } from "./printer.ts";

/** A flag of a verb. Flags that stand for a setting are validated where all settings are. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly description: string;
  readonly short?: string;
  /** Name of the value in help, such as `DIR`. */
  readonly value?: string;
  readonly setting?: SettingKey;
}

export interface Positional {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  /** Takes all words that are left. */
  readonly rest?: boolean;
}

/** One verb, as data: its parsing, its help and its page of documentation are derived from it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** More than the summary, in full sentences, where the verb needs it. */
  readonly details?: string;
  readonly positionals?: readonly Positional[];
  readonly options?: Readonly<Record<string, Option>>;
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** Runs the verb; the exit code is 0 unless it returns another. */
  readonly run: (input: CommandInput) => Promise<number | void>;
}

export interface CommandInput {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly json: boolean;
  readonly printer: Printer;
  /** How the user started this program, for what they are told to type. */
  readonly program: string;
  /** Aborted by Ctrl-C and by the signals that ask to stop. */
  readonly signal: AbortSignal;
  /** Loads the configuration; the overrides win over flags (such as a directory given as an argument). */
  readonly config: (overrides?: Partial<Record<SettingKey, unknown>>) => Promise<Config>;
}

/** Flags that every verb takes. */
export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  workspace: { type: "string", value: "DIR", setting: "workspace", description: "The project to work on." },
  json: { type: "boolean", description: "Print the result as JSON." },
  "log-level": {
    type: "string",
    value: "LEVEL",
    setting: "logLevel",
    description: "debug, info, warn, error or silent.",
  },
  help: { type: "boolean", short: "h", description: "Show this help." },
};

/** The identity; gives a literal the type of a command, so that mistakes show where they are made. */
export function defineCommand(command: Command): Command {
  return command;
}
