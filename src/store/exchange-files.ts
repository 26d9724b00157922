import { baseName } from "../base-name.ts";
import type { Database } from "../sqlite.ts";

/** The name of each file that exchanges touched, so that who touched one is looked up and not looked for. */
export const EXCHANGE_FILES = `
  CREATE TABLE exchange_file (name TEXT NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (name, chunk)) WITHOUT ROWID;
  CREATE INDEX exchange_file_chunk ON exchange_file (chunk);
  INSERT OR IGNORE INTO exchange_file
    SELECT replace(path, rtrim(path, replace(path, '/', '')), ''), chunk FROM
      (SELECT replace(f.value, char(92), '/') AS path, e.chunk AS chunk FROM exchange e, json_each(e.details, '$.files') f);
`;

/** Notes the files of an exchange's details, where it has any. */
export function noteFiles(db: Database, chunk: number, { files }: Readonly<Record<string, unknown>>): void {
  if (!Array.isArray(files)) return;
  const insert = db.prepare("INSERT OR IGNORE INTO exchange_file VALUES (?, ?)");
  for (const file of files) if (typeof file === "string") insert.run(baseName(file), chunk);
}

/** Takes back what `noteFiles` noted of a chunk. */
export function forgetFiles(db: Database, chunk: number): void {
  db.prepare("DELETE FROM exchange_file WHERE chunk = ?").run(chunk);
}
