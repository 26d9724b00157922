import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTranscriptImporter } from "../../src/indexer/import-transcripts.ts";
import { createLogger } from "../../src/log.ts";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import { TempStore } from "../store/temp-store.ts";
import { assistantLine, LogFolder, OPTIONS, userLine } from "../transcripts/make-log.ts";
import { SECRET_KINDS } from "../transcripts/secret-kinds.ts";

/** Every place of a log in which words of a human, a model or a tool are kept; each takes a text with a secret in it. */
const PLACES: Readonly<Record<string, (text: string) => string[]>> = {
  "the human's words": (text) => [userLine(text)],
  "the human's words in blocks": (text) => [userLine([{ type: "text", text }])],
  "the model's words": (text) => [userLine("q"), assistantLine("m1", { type: "text", text })],
  "a command": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "Bash", input: { command: text, description: text } }),
  ],
  "a file's name": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "Read", input: { file_path: `/tmp/${text}.txt` } }),
  ],
  "a pattern": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "Grep", input: { pattern: text, path: text } }),
  ],
  "a plan": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "ExitPlanMode", input: { plan: text } }),
  ],
  "an error": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "Bash", input: { command: "x" } }),
    userLine([{ type: "tool_result", tool_use_id: "t1", is_error: true, content: text }]),
  ],
  "a refusal with a reason": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "Bash", input: { command: "x" } }),
    userLine([{ type: "tool_result", tool_use_id: "t1", is_error: true, content: `No. the user said:\n${text}` }]),
  ],
  "an answer to a question": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "AskUserQuestion", input: {} }),
    userLine([{ type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text }] }]),
  ],
  "a subagent's report": (text) => [
    userLine("q"),
    assistantLine("m1", { type: "tool_use", id: "t1", name: "Task", input: { description: text } }),
    userLine([{ type: "tool_result", tool_use_id: "t1", content: text }]),
  ],
  "a summary": (text) => [userLine("q"), JSON.stringify({ type: "summary", summary: text, leafUuid: "u" })],
  "a title": (text) => [userLine("q"), JSON.stringify({ type: "custom-title", customTitle: text })],
  "a link": (text) => [userLine("q"), JSON.stringify({ type: "pr-link", prUrl: `https://host/?${text}` })],
  "a branch and a directory": (text) => [userLine("q", { cwd: `/home/${text}`, extra: { gitBranch: text } })],
  "a prompt that waited": (text) => [
    userLine("q"),
    JSON.stringify({ type: "attachment", sessionId: "s-1", attachment: { type: "queued_command", prompt: text } }),
  ],
  "a shell command of the human": (text) => [userLine(`<bash-input>${text}</bash-input>`)],
  "a slash command's arguments": (text) => [
    userLine(
      `<command-message>m</command-message><command-name>/login</command-name><command-args>${text}</command-args>`,
    ),
  ],
  "a summary after compaction": (text) => [userLine(text, { extra: { isCompactSummary: true } })],
  "what a record of an unknown type says": (text) => [userLine("q"), JSON.stringify({ type: "new-thing", text })],
  "a line that cannot be read": (text) => [userLine("q"), `{"type":"user","message":"${text}`],
};

async function imported(lines: readonly string[]): Promise<{ place: TempStore; store: EmbeddedStore }> {
  using folder = new LogFolder();
  folder.write("log.jsonl", `${lines.join("\n")}\n`);
  const place = await TempStore.create();
  const store = await place.open();
  const importer = createTranscriptImporter({
    roots: [folder.path],
    store,
    cut: OPTIONS,
    logger: createLogger("silent"),
    parallelHashes: 1,
    verbose: false,
    batchSize: 10,
  });
  const { signal } = new AbortController();
  await importer.sweep({ check: "quick", signal });
  return { place, store };
}

/** Everything that the index could show of anything, and the bytes of its files. */
async function everything({ place, store }: { place: TempStore; store: EmbeddedStore }): Promise<string> {
  const sources = [...(await store.sources()).values()];
  const chunks = await Promise.all(sources.map(async (source) => await store.chunksOf(source.path)));
  const files = readdirSync(place.directory).map((name) => readFileSync(path.join(place.directory, name), "latin1"));
  return [
    JSON.stringify(sources.map((source) => ({ ...source, resume: null }))),
    JSON.stringify(chunks),
    ...files,
  ].join("\n");
}

const kinds = fc.oneof(...Object.values(SECRET_KINDS));

describe("a secret in a conversation", () => {
  it.each(Object.entries(PLACES))("in %s reaches no part of the index, not even its files' bytes", async (_, lines) => {
    await fc.assert(
      fc.asyncProperty(
        kinds,
        fc.constantFrom(["", ""], ["the key is ", " indeed"], ['k="', '"']),
        async (secret, [before, after]) => {
          const opened = await imported([
            ...lines(`${before}${secret}${after}`),
            userLine("and the ordinary word", { at: 1 }),
          ]);
          await using _place = opened.place;
          const all = await everything(opened);
          // What is looked for would be found.
          expect(all).toContain("ordinary word");
          for (const part of [secret, secret.slice(-16), JSON.stringify(secret).slice(1, -1)])
            expect(all).not.toContain(part);
        },
      ),
      { numRuns: 4 },
    );
  });

  it("is masked before a command, an error or a title is cut to its length: what gives it away may be cut off", async () => {
    const places = [PLACES["a command"], PLACES["an error"], PLACES["a title"]];
    const leads = Array.from({ length: 16 }, (_, index) => index * 2);
    for (const limit of [120, 500, 600]) {
      const texts = leads.map((lead) => `${"x".repeat(limit - lead - 12)} postgres://u:Hunter2Hunter2@db.local/shop`);
      const opened = await imported(places.flatMap((place) => texts.flatMap((text) => place?.(text) ?? [])));
      await using _place = opened.place;
      const all = await everything(opened);
      expect(all).toContain("postgres://u:");
      expect(all).not.toContain("Hunter2");
    }
  });

  it("is masked before anything is cut to its length, so that no half of it is kept", async () => {
    const secret = `sk-${"ant"}-api03-${"aB3dE6gH9k".repeat(8)}`;
    for (const lead of [60, 100, 110, 480, 560, 590, 595, 1_990]) {
      for (const name of ["a command", "an error", "a title", "the human's words"]) {
        const opened = await imported(PLACES[name]?.(`${"word ".repeat(lead / 5)}${secret} end`) ?? []);
        await using _place = opened.place;
        expect(await everything(opened)).not.toContain("aB3dE6gH9k");
      }
    }
  });
});
