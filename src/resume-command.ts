/**
 * The shell command that goes on with a session of Claude Code, in the directory where it was held: sessions are looked
 * up by directory. Both parts come from logs, so they are quoted.
 */
export function resumeCommand(cwd: string | null, sessionId: string): string {
  const resume = `claude --resume ${quoted(sessionId)}`;
  return cwd === null ? resume : `cd ${quoted(cwd)} && ${resume}`;
}

function quoted(word: string): string {
  return /^[\w./~+:@%-]+$/.test(word) && !/^[-~]/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
