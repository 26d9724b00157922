// Made-up logs of Claude Code, many and large: sessions with questions, answers, tool calls and their output, and the
// records between them that say nothing. The same numbers give the same logs.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { random, vocabulary, zipf } from "./synthetic.mjs";

/** Writes `files` logs with `messages` messages in all under `folder`; returns how many bytes. */
export function writeLogs(folder, { files, messages, seed = 1 }) {
  const next = random(seed);
  const words = vocabulary(20_000, next);
  const draw = zipf(words.length, next);
  const text = (length) => {
    let said = "";
    while (said.length < length) said += `${words[draw()]} `;
    return said;
  };
  let bytes = 0;
  for (let file = 0; file < files; file += 1) {
    const count = Math.floor((messages * (file + 1)) / files) - Math.floor((messages * file) / files);
    const project = path.join(folder, `-home-dev-p${file % 200}`);
    mkdirSync(project, { recursive: true });
    const lines = [];
    for (let message = 0; message < count; message += 1) lines.push(...records(file, message, text, next));
    const content = `${lines.join("\n")}\n`;
    bytes += content.length;
    writeFileSync(path.join(project, `s${file}.jsonl`), content);
  }
  return bytes;
}

function records(file, message, text, next) {
  const base = {
    sessionId: `s${file}`,
    cwd: `/home/dev/p${file % 200}`,
    gitBranch: next() < 0.7 ? "main" : "fix",
    uuid: `${file}-${message}`,
    timestamp: new Date(Date.UTC(2026, 0, 1) + file * 60_000 + message * 5000).toISOString(),
  };
  const assistant = (block) => ({
    ...base,
    type: "assistant",
    message: { id: `m${file}-${message}`, role: "assistant", content: [block] },
  });
  const user = (content) => ({ ...base, type: "user", message: { role: "user", content } });
  const kind = message % 8;
  const said = [{ type: "progress", data: { type: "bash_progress", output: text(200) } }];
  if (kind === 0) said.push(user(text(150)));
  else if (kind % 3 === 1)
    said.push(
      assistant({
        type: "tool_use",
        id: `t${message}`,
        name: "Read",
        input: { file_path: `/home/dev/p/${text(10).trim()}.ts` },
      }),
    );
  else if (kind % 3 === 2)
    said.push(user([{ type: "tool_result", tool_use_id: `t${message - 1}`, content: text(1100) }]));
  else said.push(assistant({ type: "text", text: text(350) }));
  return said.map((record) => JSON.stringify(record));
}
