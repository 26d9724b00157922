// What somebody would build in an afternoon: every message of every log as one row of an SQLite FTS5 table, stemmed, asked
// for any of the words, best first. Knows nothing of this program's parser or ranking.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";

export function openPlainIndex(logs) {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE VIRTUAL TABLE message USING fts5 (body, session UNINDEXED, tokenize = 'porter unicode61')");
  const insert = db.prepare("INSERT INTO message VALUES (?, ?)");
  db.exec("BEGIN");
  for (const entry of readdirSync(logs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".jsonl")) continue;
    const file = path.join(entry.parentPath, entry.name);
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const { text, session } = messageOf(line);
      if (text !== "") insert.run(text, session ?? path.basename(file, ".jsonl"));
    }
  }
  db.exec("COMMIT");
  const ask = db.prepare("SELECT session FROM message WHERE message MATCH ? ORDER BY rank LIMIT 500");
  return {
    // Held on to: a statement does not keep its database open.
    db,
    sessions(query) {
      const words = query.match(/[\p{L}\p{N}]+/gu) ?? [];
      if (words.length === 0) return [];
      return [...new Set(ask.all(words.map((word) => `"${word}"`).join(" OR ")).map(({ session }) => session))];
    },
  };
}

function messageOf(line) {
  try {
    const record = JSON.parse(line);
    if (record.type !== "user" && record.type !== "assistant") return { text: "" };
    const { content } = record.message;
    const text = typeof content === "string" ? content : content.map((block) => block.text ?? "").join("\n");
    return { text, session: record.sessionId };
  } catch {
    return { text: "" };
  }
}
