import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { makeDirectory } from "../make-directory.ts";
import { UserError } from "../errors.ts";
import type { ChatMessage } from "./llm/chat.ts";
import type { RoleName } from "./role.ts";
import { mended, type Session, type SessionLog } from "./session.ts";

const call = z.object({ id: z.string(), name: z.string(), arguments: z.unknown() });
const result = z.object({ callId: z.string(), text: z.string(), isError: z.boolean() });
const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("user"), text: z.string() }),
  z.object({ role: z.literal("assistant"), text: z.string(), calls: z.array(call) }),
  z.object({ role: z.literal("tool"), results: z.array(result) }),
]);
const header = z.object({
  session: z.string(),
  role: z.enum(["orchestrator", "coder", "architect", "debug", "ask"]),
  workspace: z.string(),
  startedAt: z.string(),
});

/** A session as its file tells it. */
export interface StoredSession extends Session {
  /** Real path of the project. */
  readonly workspace: string;
  readonly startedAt: string;
}

/** A session that is kept in a file of its own, one JSON object a line: each is whole, or was the last and is dropped. */
export interface KeptSession extends StoredSession, SessionLog {}

/** Begins a session; its file is for this user alone, since it holds what was read of the project. */
export function beginSession(directory: string, role: RoleName, workspace: string): KeptSession {
  const id = randomBytes(6).toString("hex");
  const startedAt = new Date().toISOString();
  const file = fileOf(directory, id);
  makeDirectory(directory, 0o700);
  appendLine(file, { session: id, role, workspace, startedAt });
  return { id, role, messages: [], workspace, startedAt, append: (each) => appendLine(file, each) };
}

/** A session to go on with. @throws UserError `agent.no-session` when there is none of this name. */
export function resumeSession(directory: string, id: string): KeptSession {
  const found = readSession(directory, id);
  if (found === null) {
    throw new UserError("agent.no-session", `there is no agent session ${JSON.stringify(id.slice(0, 40))}`, {
      hint: "`codelab-mcp agent --list` shows those that can be gone on with.",
    });
  }
  const file = fileOf(directory, id);
  // A line that a crash cut off must not swallow the next one.
  appendFileSync(file, "\n");
  return { ...found, append: (each) => appendLine(file, each) };
}

/** The sessions of a workspace, newest first, with the task that each began with. */
export function listSessions(directory: string, workspace: string): (StoredSession & { readonly task: string })[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => readSession(directory, name.slice(0, -".jsonl".length)))
    .filter((session) => session !== null)
    .filter((session) => session.workspace === workspace)
    .map((session) => {
      const first = session.messages.find(({ role }) => role === "user");
      return { ...session, task: first?.role === "user" ? first.text : "" };
    })
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
}

function readSession(directory: string, id: string): StoredSession | null {
  const file = fileOf(directory, id);
  // The id comes from outside, and becomes part of a path.
  if (!/^[0-9a-f]{12}$/.test(id) || !existsSync(file)) return null;
  const [first, ...rest] = wholeLines(readFileSync(file, "utf8"));
  const head = header.safeParse(first);
  if (!head.success) return null;
  const messages = rest.flatMap((line): ChatMessage[] => {
    const parsed = message.safeParse(line);
    return parsed.success ? [parsed.data] : [];
  });
  const { role, workspace, startedAt } = head.data;
  return { id, role, messages: mended(messages), workspace, startedAt };
}

function appendLine(file: string, value: unknown): void {
  appendFileSync(file, `${JSON.stringify(value)}\n`, { mode: 0o600 });
}

function wholeLines(text: string): unknown[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
}

function fileOf(directory: string, id: string): string {
  return path.join(directory, `${id}.jsonl`);
}
