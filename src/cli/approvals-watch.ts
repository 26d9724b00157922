import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { cleanComment } from "../approval/elicitation.ts";
import { previewText } from "../approval/preview-text.ts";
import type { ApprovalRequest, Ruling } from "../approval/request.ts";
import { messageOf, UserError } from "../errors.ts";
import { visibleLine } from "../visible.ts";
import type { Printer } from "./printer.ts";
import { statusWord, timeLeft } from "./request-words.ts";

export interface WatchContext {
  readonly ledger: {
    list(filter: { readonly status: "pending" }): ApprovalRequest[];
    get(id: string): ApprovalRequest;
    decide(id: string, ruling: Ruling): ApprovalRequest;
  };
  readonly printer: Printer;
  readonly signal: AbortSignal;
  /** Whether to say at the beginning that it waits; default true. */
  readonly greets?: boolean;
  /** Milliseconds within which nobody can have read a question: an answer so quick was meant for another. Default 600. */
  readonly settleMs?: number;
  /** Asks one question and resolves with the line typed; by default on the terminal. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<string>;
}

const POLL_MS = 300;

const SETTLE_MS = 600;

/** Characters of a preview before it is cut; `v` shows the rest. */
const SCREENFUL = 3_000;

/** Shows each request as it comes and asks about it, until the signal aborts or the human quits. */
export async function watchRequests(context: WatchContext): Promise<void> {
  const { ledger, printer, signal } = context;
  const skipped = new Set<string>();
  if (context.greets !== false) printer.err("Waiting for requests; Ctrl-C ends.\n");
  while (!signal.aborted) {
    const next = ledger.list({ status: "pending" }).findLast(({ id }) => !skipped.has(id));
    if (next === undefined) await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    else if ((await handle(next, context)) === "quit") return;
    else if (ledger.get(next.id).status === "pending") skipped.add(next.id);
  }
}

/** The preview of a request with its diff coloured, cut at `maxCharacters`. */
export function printPreview(request: ApprovalRequest, printer: Printer, maxCharacters: number): void {
  const { tool, client, workspace, id, preview, status } = request;
  const left = status === "pending" ? timeLeft(request) : statusWord(status, { style: (_, word) => word });
  // The client names itself; it may not act on the terminal on which a human decides.
  const asked = visibleLine(`${tool} asked by ${client} in ${workspace} · request ${id} · ${left}`);
  const head = printer.style("dim", asked);
  const [title = "", ...lines] = previewText(preview, "Type v to see it all.", maxCharacters).split("\n");
  const isDiff = preview.format === "diff";
  const body = lines.map((line) => colour(line, isDiff, printer)).join("\n");
  printer.out(`\n${head}\n${printer.style("bold", title)}\n${body}\n`);
}

function colour(line: string, isDiff: boolean, { style }: Printer): string {
  if (line.startsWith("⚠ ")) return style("yellow", line);
  if (!isDiff) return line;
  if (line.startsWith("@@")) return style("cyan", line);
  return line.startsWith("+") ? style("green", line) : line.startsWith("-") ? style("red", line) : line;
}

async function handle(request: ApprovalRequest, context: WatchContext): Promise<"next" | "quit"> {
  const { ledger, printer, signal, ask = askOnTerminal, settleMs = SETTLE_MS } = context;
  printPreview(request, printer, SCREENFUL);
  const session = request.scope === null ? "" : `, [s]ession (${request.scope.label})`;
  const question = `\n[a]pprove once${session}, [d]eny, [v]iew all, [n]ext, [q]uit? `;
  for (;;) {
    // Another channel may decide while the question stands; then it is withdrawn.
    const elsewhere = new AbortController();
    const watching = watchStatus(request.id, context, elsewhere);
    const asked = performance.now();
    const typed = await ask(question, AbortSignal.any([signal, elsewhere.signal])).catch(() => null);
    elsewhere.abort();
    await watching;
    if (signal.aborted) return "quit";
    const current = ledger.get(request.id);
    if (current.status !== "pending") {
      const by = current.channel === null ? "" : ` by ${current.channel}`;
      printer.out(`\n${statusWord(current.status, printer)}${by}: ${request.preview.title}\n`);
      return "next";
    }
    const [word = "", ...rest] = (typed ?? "").trim().split(/\s+/);
    const comment = cleanComment(rest.join(" "));
    const verdict = VERDICTS.get(word.toLowerCase());
    // Typed ahead, it was about the request before: one that slides under a quick finger must not be answered by it.
    if (verdict !== undefined && verdict !== "deny" && performance.now() - asked < settleMs) {
      printer.out("That was quicker than anyone reads: look again.\n");
      continue;
    }
    if (verdict !== undefined && !(verdict === "approve_session" && request.scope === null)) {
      decide(request, { verdict, channel: "terminal", comment }, context);
      return "next";
    }
    if (/^v(iew)?$/i.test(word)) printPreview(request, printer, Number.POSITIVE_INFINITY);
    if (/^n(ext)?$/i.test(word)) return "next";
    if (/^q(uit)?$/i.test(word)) return "quit";
    if (word !== "" && !/^v(iew)?$/i.test(word)) printer.out(`${JSON.stringify(word)} is none of these.\n`);
  }
}

const VERDICTS: ReadonlyMap<string, Ruling["verdict"]> = new Map([
  ["a", "approve_once"],
  ["approve", "approve_once"],
  ["s", "approve_session"],
  ["session", "approve_session"],
  ["d", "deny"],
  ["deny", "deny"],
]);

function decide(request: ApprovalRequest, ruling: Ruling, { ledger, printer }: WatchContext): void {
  try {
    printer.out(`${statusWord(ledger.decide(request.id, ruling).status, printer)}: ${request.preview.title}\n`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    printer.err(`${messageOf(error)}\n`);
  }
}

async function watchStatus(id: string, { ledger }: WatchContext, elsewhere: AbortController): Promise<void> {
  while (!elsewhere.signal.aborted) {
    await sleep(POLL_MS, undefined, { signal: elsewhere.signal }).catch(() => {});
    if (!elsewhere.signal.aborted && ledger.get(id).status !== "pending") elsewhere.abort();
  }
}

async function askOnTerminal(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Reading lines takes Ctrl-C for itself; it must reach whoever stops the program.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const ended = once(terminal, "close", { signal }).then(() => "quit");
    return await Promise.race([terminal.question(question, { signal }), ended]);
  } finally {
    terminal.close();
  }
}
