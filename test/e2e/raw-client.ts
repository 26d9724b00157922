import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "./run-cli.ts";

export interface RawMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly message?: string };
  readonly result?: { readonly isError?: boolean };
}

/** A client from before 2026-07-28 that may send anything, also what no SDK would. */
export interface RawClient extends AsyncDisposable {
  readonly send: (message: object) => void;
  readonly call: (id: number, name: string, args: object) => void;
  /** The question about the call that speaks of this text, once it is asked. */
  readonly questionAbout: (text: string) => Promise<RawMessage["id"]>;
  /** The answer to the call with this id, once there is one. */
  readonly answerTo: (id: number) => Promise<RawMessage>;
  readonly hasAnswered: (id: number) => boolean;
}

const PATIENCE_MS = 30_000;

/** Starts the built program and shakes hands with it. */
export async function connectRaw(sandbox: Sandbox, env: NodeJS.ProcessEnv = {}): Promise<RawClient> {
  const child = sandbox.spawn(["serve"], env);
  const messages: RawMessage[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => messages.push(JSON.parse(line) as RawMessage));
  const send = (message: object) => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const capabilities = { elicitation: {} };
  const clientInfo = { name: "raw", version: "1" };
  send({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities, clientInfo } });
  await once(lines, "line");
  const find = async (test: (message: RawMessage) => boolean): Promise<RawMessage> => {
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(20)) {
      const found = messages.find(test);
      if (found !== undefined) return found;
    }
    throw new Error("the program did not say what was waited for");
  };
  const isAnswer = (id: number) => (message: RawMessage) => message.id === id && message.method === undefined;
  return {
    send,
    call: (id, name, args) => send({ id, method: "tools/call", params: { name, arguments: args } }),
    questionAbout: async (text) =>
      (await find(({ method, params }) => method === "elicitation/create" && params?.message?.includes(text) === true))
        .id,
    answerTo: (id) => find(isAnswer(id)),
    hasAnswered: (id) => messages.some(isAnswer(id)),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
