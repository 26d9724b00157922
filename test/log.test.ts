import { expect, it } from "vitest";
import { createLogger } from "../src/log.ts";

it.each([
  ["a message", (text: string) => [text, {}] as const],
  ["a value", (text: string) => ["called", { path: text }] as const],
])("%s with line ends forges no line", (_what, parts) => {
  for (const end of ["\n", "\r\n", "\r", "\n\n"]) {
    const lines: string[] = [];
    const [message, fields] = parts(`x${end}2026-01-01T00:00:00.000Z ERROR forged`);
    createLogger("info", (line) => lines.push(line)).info(message, fields);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).toMatch(/^\S+ INFO [^\r\n]*forged"?$/);
  }
});
