import type { CodeHit, ConversationHit, SearchAnswer } from "../search/answer.ts";
import { visible, visibleLine } from "../visible.ts";
import type { CommandInput } from "./command.ts";
import type { Printer } from "./printer.ts";

/** Lines of a hit shown on a terminal; the whole is in --json and in the file. */
const SHOWN_LINES = 12;

/** Flags without which more may be found. */
const NARROWING = ["path", "language", "project", "session", "branch", "file", "since", "until"];

/** Prints hits in code: place, symbol and score, then the text unless --compact was asked for. */
export function printCode(answer: SearchAnswer<CodeHit>, { printer, options }: CommandInput): void {
  const { style } = printer;
  if (answer.hits.length === 0) {
    const isEmpty = answer.index.files === 0;
    printer.out(isEmpty ? "The index is empty: there are no files to search.\n" : "Nothing found.\n");
    printer.err(
      isEmpty
        ? "hint: `codelab-mcp status` tells which directory this is, and what was skipped in it.\n"
        : `hint: try fewer or other words${narrowed(options)}.\n`,
    );
  }
  for (const { path, startLine, endLine, symbol, score, text } of answer.hits) {
    const range = startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`;
    const name = symbol === null ? "" : `  ${style("bold", visibleLine(symbol))}`;
    printer.out(`${style("cyan", `${visibleLine(path)}:${range}`)}${name}  ${style("dim", score.toFixed(2))}\n`);
    if (options["compact"] !== true) printText(text, printer);
  }
  printNotes(answer, printer);
}

function narrowed(options: CommandInput["options"]): string {
  const flags = NARROWING.filter((flag) => options[flag] !== undefined);
  return flags.length === 0 ? "" : `, or without ${flags.map((flag) => `--${flag}`).join(" and ")}`;
}

/** Prints hits in conversations: when and where it was said, the text, and how to resume that session. */
export function printConversations(answer: SearchAnswer<ConversationHit>, { printer, options }: CommandInput): void {
  const { style } = printer;
  if (answer.hits.length === 0) {
    printer.out(answer.index.files === 0 ? "No conversations were found on this machine.\n" : "Nothing found.\n");
    printer.err(
      answer.index.files === 0
        ? "hint: `codelab-mcp doctor` says where conversations are looked for.\n"
        : `hint: try fewer or other words${narrowed(options)}.\n`,
    );
  }
  for (const { timestamp, project, title, sessionId, score, text, resume } of answer.hits) {
    const when = timestamp.slice(0, 16).replace("T", " ");
    const head = `${style("cyan", when)}  ${style("bold", visibleLine(project))}  ${visibleLine(title ?? "")}`;
    printer.out(`${head}  ${style("dim", score.toFixed(2))}\n`);
    if (options["compact"] !== true) printText(text, printer);
    const gone = `session ${sessionId}: its log is gone, what was said stays here`;
    printer.out(style("dim", `  ${visible(resume ?? gone)}\n\n`));
  }
  printNotes(answer, printer);
}

function printText(text: string, { out, style }: Printer): void {
  const lines = text.split("\n");
  for (const line of lines.slice(0, SHOWN_LINES)) out(`  ${visible(line)}\n`);
  if (lines.length > SHOWN_LINES) out(style("dim", `  … ${lines.length - SHOWN_LINES} more lines\n`));
  out("\n");
}

function printNotes({ notice, nextCursor }: SearchAnswer<unknown>, printer: Printer): void {
  if (notice !== undefined) printer.err(`${printer.errStyle("yellow", "note:")} ${visibleLine(notice)}\n`);
  if (nextCursor !== undefined) printer.err(`More: add --cursor ${nextCursor}\n`);
}
