import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { main } from "../../src/cli/main.ts";
import { writeTree } from "../write-tree.ts";
import { recordingPrinter } from "./recording-printer.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly stdinIsTerminal?: boolean;
}

/** A home and a project of their own, with the verbs run on them in this process: all of the program but its streams. */
export class Desk implements Disposable {
  readonly root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "codelab-desk-")));
  readonly home = path.join(this.root, "home");
  readonly logs = path.join(this.root, "logs");
  readonly project: string;

  constructor(files: Readonly<Record<string, string>> = {}, name = "project") {
    this.project = path.join(this.root, name);
    mkdirSync(this.project);
    this.write(files);
  }

  /** Writes files of the project. */
  write(files: Readonly<Record<string, string>>): void {
    writeTree(this.project, files);
  }

  /** Writes a conversation log of one exchange. */
  writeLog(session: string, said: string, project = "shop"): string {
    const folder = path.join(this.logs, `-home-dev-${project}`);
    mkdirSync(folder, { recursive: true });
    const base = { sessionId: session, cwd: `/home/dev/${project}`, timestamp: "2026-01-05T09:00:00.000Z" };
    const user = { ...base, uuid: `${session}-1`, type: "user", message: { role: "user", content: said } };
    const text = [{ type: "text", text: "Done as you said." }];
    const answer = { ...base, uuid: `${session}-2`, type: "assistant", message: { role: "assistant", content: text } };
    const file = path.join(folder, `${session}.jsonl`);
    writeFileSync(file, `${JSON.stringify(user)}\n${JSON.stringify(answer)}\n`);
    return file;
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const env = { CODELAB_HOME: this.home, CLAUDE_LOGS_PATH: this.logs, EMBEDDING_PROVIDER: "none", ...options.env };
    return await runHere(args, { cwd: this.project, ...options, env });
  }

  /** Runs a verb with `--json` and reads what it printed; fails unless it ended well. */
  async json<Value>(args: readonly string[], options: RunOptions = {}): Promise<Value> {
    const { code, stdout, stderr } = await this.run([...args, "--json"], options);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Value;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Runs a verb in this process; a process of its own takes half a second more to start. */
export async function runHere(args: readonly string[], options: RunOptions & { readonly cwd: string }): Promise<Ran> {
  const printer = recordingPrinter();
  const code = await main({
    args,
    printer,
    signal: options.signal ?? new AbortController().signal,
    env: options.env ?? {},
    cwd: options.cwd,
    stdinIsTerminal: options.stdinIsTerminal ?? true,
    version: () => "1.2.3",
  });
  return { code, stdout: printer.stdout, stderr: printer.stderr };
}

/** The words of a command line as a POSIX shell takes them apart: blanks, '…' and "…". */
export function shellWords(line: string): string[] {
  return Array.from(line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g), ([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}
