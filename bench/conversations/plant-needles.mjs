import { appendFileSync, cpSync, existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

/**
 * Copies logs to `folder` and says one thing more at the end of some of them; returns the questions that only this
 * answers. `needles` holds JSON lines {said, asked} that share next to no word. The same logs get the same needles.
 */
export function plantNeedles(logs, needles, folder) {
  rmSync(folder, { recursive: true, force: true });
  cpSync(logs, folder, { recursive: true });
  const told = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .toSorted()
    .flatMap((name) => {
      const last = lastMessage(path.join(folder, name));
      return last === undefined ? [] : [{ file: path.join(folder, name), last }];
    });
  if (told.length === 0) return [];
  const rows = readFileSync(needles, "utf8").trim().split("\n");
  return rows.map((row, index) => {
    const { said, asked } = JSON.parse(row);
    const { file, last } = told[Math.floor(((index * 0.618034) % 1) * told.length)];
    appendFileSync(file, `\n${JSON.stringify(messageAfter(last, said, index))}\n`);
    return { query: asked, kind: "needle", sessions: new Set([last.sessionId]) };
  });
}

/** The last message of a log that somebody said in the session itself. */
function lastMessage(file) {
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8").split("\n").map(recordOf).findLast(isMessage);
}

function recordOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isMessage(record) {
  const isSaid = record?.type === "user" || record?.type === "assistant";
  return isSaid && record.sessionId !== undefined && record.timestamp !== undefined && record.isSidechain !== true;
}

function messageAfter({ uuid, sessionId, cwd, gitBranch, version, timestamp }, said, index) {
  const role = index % 2 === 0 ? "user" : "assistant";
  const content = [{ type: "text", text: said }];
  const message = role === "user" ? { role, content } : { role, content, id: `needle-${index}`, type: "message" };
  const place = { sessionId, cwd, gitBranch, version, timestamp, isSidechain: false };
  return { ...place, parentUuid: uuid, uuid: `needle-${index}`, type: role, message };
}
