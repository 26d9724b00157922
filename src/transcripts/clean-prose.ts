/** What is left of a user's text when the machine's additions are taken out. */
export interface Prose {
  /** The human's words; empty when the text held none. */
  readonly text: string;
  /** A command that the human ran in the shell with `!`. */
  readonly shellCommand: string | null;
}

/**
 * Takes reminders, hook output, editor notes, local command output and bare slash commands out of a user's text.
 * The arguments of a slash command are the human's words and stay, after the command's name.
 */
export function cleanProse(raw: string): Prose {
  if (!raw.includes("<") && !raw.startsWith("[Request") && !raw.startsWith("Caveat:")) {
    return { text: raw.trim(), shellCommand: null };
  }
  const shellCommand = /<bash-input>([\s\S]*?)<\/bash-input>/.exec(raw)?.[1]?.trim() ?? null;
  const text = withoutMachineText(slashCommand(raw) ?? raw);
  return { text: isNotice(text) ? "" : text, shellCommand };
}

/** `/name arguments` for a slash command with arguments, an empty text for one without, null for no slash command. */
function slashCommand(raw: string): string | null {
  const name = /^\s*(?:<command-message>[\s\S]*?<\/command-message>\s*)?<command-name>([^<]*)<\/command-name>/.exec(
    raw,
  );
  if (name === null) return null;
  const args = /<command-args>([\s\S]*)<\/command-args>/.exec(raw)?.[1]?.trim() ?? "";
  return args === "" ? "" : `${name[1] ?? ""} ${args}`;
}

function withoutMachineText(text: string): string {
  let rest = text;
  // Twice at most: a reminder may be quoted inside hook output.
  for (let round = 0; round < 2 && MACHINE_TEXT.test(rest); round += 1) rest = rest.replaceAll(MACHINE_TEXT_ALL, "");
  return rest.trim();
}

function isNotice(text: string): boolean {
  return (
    /^\[Request interrupted by user[^\]]*\]$/.test(text) || text.startsWith("Caveat: The messages below were generated")
  );
}

const TAGS = [
  "system-reminder",
  "local-command-stdout",
  "local-command-stderr",
  "local-command-caveat",
  "ide_opened_file",
  "ide_selection",
  "ide_diagnostics",
  "user-prompt-submit-hook",
  "session-start-hook",
  "post-tool-use-hook",
  "task-notification",
  "bash-input",
  "bash-stdout",
  "bash-stderr",
  "command-name",
  "command-message",
  "command-contents",
].join("|");
// A tag that is never closed is a human writing about it, except at the very start, where its end was cut off.
const PATTERN = `<(${TAGS})(?:\\s[^>]*)?>[\\s\\S]*?</\\1>|^\\s*<(?:${TAGS})>[\\s\\S]*$`;
const MACHINE_TEXT = new RegExp(PATTERN);
const MACHINE_TEXT_ALL = new RegExp(PATTERN, "g");
