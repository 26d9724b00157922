/** Severity, most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Structured lines on stderr; stdout belongs to the protocol and to results. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A logger that writes one line per record to `write` (default: stderr), dropping what is below `level`. */
export function createLogger(level: LogLevel, write: (line: string) => void = writeStderr): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (severity: Exclude<LogLevel, "silent">) => {
    if (LOG_LEVELS.indexOf(severity) < threshold) return () => {};
    return (message: string, fields: LogFields = {}) => write(formatLine(severity, message, fields));
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function writeStderr(line: string): void {
  process.stderr.write(line);
}

function formatLine(severity: string, message: string, fields: LogFields): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? JSON.stringify(value) : String(value)}`);
  // One record, one line: a file name with a newline must not forge a second record.
  return `${new Date().toISOString()} ${severity.toUpperCase()} ${message.replaceAll(/[\r\n]+/g, " ")}${pairs.join("")}\n`;
}
