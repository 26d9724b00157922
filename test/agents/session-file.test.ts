import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { beginSession, listSessions, resumeSession } from "../../src/agents/session-file.ts";

let directory = "";
beforeEach(() => (directory = mkdtempSync(path.join(os.tmpdir(), "codelab-agents-"))));
afterEach(() => rmSync(directory, { recursive: true }));

const CALL = { id: "c1", name: "read_file", arguments: { path: "a" } };

describe("a kept session", () => {
  it("is gone on with as it was, by its owner alone", () => {
    const session = beginSession(directory, "ask", "/p");
    session.append({ role: "user", text: "hello" });
    session.append({ role: "assistant", text: "hi", calls: [] });
    const { messages, role, workspace } = resumeSession(directory, session.id);
    expect({ messages, role, workspace }).toMatchInlineSnapshot(`
      {
        "messages": [
          {
            "role": "user",
            "text": "hello",
          },
          {
            "calls": [],
            "role": "assistant",
            "text": "hi",
          },
        ],
        "role": "ask",
        "workspace": "/p",
      }
    `);
    const [file = ""] = readdirSync(directory);
    if (process.platform !== "win32") expect(statSync(path.join(directory, file)).mode & 0o077).toBe(0);
  });

  it("survives being cut off at any byte: each whole line stays, a call without an answer is told to be interrupted", () => {
    const session = beginSession(directory, "coder", "/p");
    session.append({ role: "user", text: "grüße" });
    session.append({ role: "assistant", text: "", calls: [CALL] });
    session.append({ role: "tool", results: [{ callId: "c1", text: "x", isError: false }] });
    const file = path.join(directory, `${session.id}.jsonl`);
    const whole = readFileSync(file);
    const headEnd = whole.indexOf("\n") + 1;
    fc.assert(
      fc.property(fc.integer({ min: headEnd, max: whole.length }), (length) => {
        truncateSync(file, 0);
        appendFileSync(file, whole.subarray(0, length));
        const resumed = resumeSession(directory, session.id);
        resumed.append({ role: "user", text: "again" });
        const { messages } = resumeSession(directory, session.id);
        expect(messages.at(-1)).toEqual({ role: "user", text: "again" });
        for (const [index, message] of messages.entries())
          if (message.role === "assistant" && message.calls.length > 0) expect(messages[index + 1]?.role).toBe("tool");
      }),
    );
  });

  it.each(["", "../../etc/passwd", "0123456789ab", "0123456789AB", "a/b"])("is not found under %j", (id) => {
    expect(() => resumeSession(directory, id)).toThrow(expect.objectContaining({ code: "agent.no-session" }) as Error);
  });

  it("is listed with its task, in its project only, and files that are none are passed over", () => {
    beginSession(directory, "ask", "/p").append({ role: "user", text: "what" });
    beginSession(directory, "ask", "/other");
    appendFileSync(path.join(directory, "0123456789ab.jsonl"), "garbage\n");
    expect(listSessions(directory, "/p").map(({ role, task }) => ({ role, task }))).toEqual([
      { role: "ask", task: "what" },
    ]);
    expect(listSessions(path.join(directory, "none"), "/p")).toEqual([]);
  });
});
