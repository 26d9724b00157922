import { compileGlob } from "../glob.ts";
import type { Database, SqlValue } from "../sqlite.ts";
import { passageTexts } from "./passage-rows.ts";
import { baseName } from "../base-name.ts";
import type { ChunkFilter } from "./index-store.ts";

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Whether the filter restricts anything. */
export function isOpen(filter: ChunkFilter | undefined): boolean {
  return filter === undefined || Object.values(filter).every((value) => value === undefined);
}

/** Of these chunks, those that pass the filter. */
export function passing(db: Database, filter: ChunkFilter, ids: readonly number[]): Set<number> {
  const { sql, values } = conditionOf(filter);
  const matches = pathMatcher(filter);
  const rows = db.all<{ id: number; path: string }>(
    `SELECT c.id, s.path FROM chunk c JOIN source s ON s.id = c.source
      WHERE c.id IN (SELECT value FROM json_each(?)) AND ${sql}`,
    JSON.stringify(ids),
    ...values,
  );
  return new Set(rows.filter(({ path }) => matches(path)).map(({ id }) => id));
}

/** All chunks that pass the filter, and their texts. */
export function allPassing(db: Database, filter: ChunkFilter): { chunks: Set<number>; texts: Set<number> } {
  const { sql, values } = conditionOf(filter);
  const chunks = new Set<number>();
  const texts = new Set<number>();
  const inPassages: number[] = [];
  const inSources = filter.pathGlob === undefined ? "" : "AND c.source IN (SELECT value FROM json_each(?))";
  const sources = filter.pathGlob === undefined ? [] : [JSON.stringify(matchingSources(db, filter))];
  for (const { id, text } of db.iterate<{ id: number; text: number }>(
    `SELECT c.id, c.text FROM chunk c WHERE ${sql} ${inSources}`,
    ...values,
    ...sources,
  )) {
    chunks.add(id);
    if (text > 0) texts.add(text);
    else inPassages.push(id);
  }
  for (const text of passageTexts(db, inPassages)) texts.add(text);
  return { chunks, texts };
}

function matchingSources(db: Database, filter: ChunkFilter): number[] {
  const matches = pathMatcher(filter);
  return db
    .all<{ id: number; path: string }>("SELECT id, path FROM source")
    .filter(({ path }) => matches(path))
    .map(({ id }) => id);
}

function pathMatcher({ pathGlob }: ChunkFilter): (path: string) => boolean {
  return pathGlob === undefined ? () => true : compileGlob(pathGlob);
}

function conditionOf(filter: ChunkFilter): Condition {
  const own: Condition[] = [];
  const exchange: Condition[] = [];
  const add = (to: Condition[], sql: string, value: SqlValue | undefined) => {
    if (value !== undefined) to.push({ sql, values: [value] });
  };
  add(own, "c.language = ?", filter.language);
  add(exchange, "e.project = ?", filter.project);
  add(exchange, "e.session = ?", filter.sessionId);
  add(exchange, "e.branch = ?", filter.gitBranch);
  add(exchange, "e.ended >= ?", filter.since);
  add(exchange, "e.started <= ?", filter.until);
  if (exchange.length > 0) {
    const { sql, values } = all(exchange);
    own.push({ sql: `c.id IN (SELECT e.chunk FROM exchange e WHERE ${sql})`, values });
  }
  if (filter.file !== undefined) own.push(touching(filter.file));
  return all(own);
}

/** Chunks of which a file ends like this one. */
function touching(file: string): Condition {
  const wanted = `/${file.replaceAll("\\", "/").replace(/^\.?\/+/, "")}`;
  return {
    sql: `c.id IN (SELECT n.chunk FROM exchange_file n WHERE n.name = ?) AND EXISTS (
      SELECT 1 FROM exchange e, json_each(e.details, '$.files') f WHERE e.chunk = c.id
        AND substr('/' || replace(f.value, char(92), '/'), -length(?)) = ?)`,
    values: [baseName(wanted), wanted, wanted],
  };
}

function all(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length === 0 ? "1" : conditions.map(({ sql }) => sql).join(" AND "),
    values: conditions.flatMap(({ values }) => values),
  };
}
