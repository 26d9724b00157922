import { describe, expect, it } from "vitest";
import { outlineSql } from "../../src/chunk/outline-sql.ts";
import { splitLines } from "../../src/chunk/source-lines.ts";

const outlineOf = (...lines: string[]) => outlineSql(splitLines(lines.join("\n"), () => 0));
const rowsOf = (...lines: string[]) => outlineOf(...lines).atoms.map(({ first, last }) => `${first}-${last}`);

describe("outlineSql", () => {
  it("cuts after each statement, with the comments above it", () => {
    expect(rowsOf("-- one", "select 1;", "", "/* two; */", "select", "  2;", "select 3")).toEqual([
      "0-1",
      "3-5",
      "6-6",
    ]);
  });

  it("is not misled by semicolons in strings, names, comments and dollar quotes", () => {
    expect(
      rowsOf("select ';', \"a;b\", `c;d` -- e;", ";", "select $$ ; $$, $x$ ;", "; $x$;", "select 'it''s;'", ";"),
    ).toEqual(["0-1", "2-3", "4-5"]);
  });

  it("keeps the body of a routine together", () => {
    const routine = [
      "CREATE PROCEDURE p()",
      "BEGIN",
      "  IF x THEN SELECT 1; END IF;",
      "  SELECT CASE WHEN a THEN 1 END;",
      "END;",
    ];
    expect(rowsOf(...routine, "SELECT 2;")).toEqual(["0-4", "5-5"]);
  });

  it("takes GO on a line of its own for an end, and a transaction's BEGIN for a statement", () => {
    expect(rowsOf("SELECT 1", "GO", "BEGIN;", "SELECT 2;", "COMMIT;")).toEqual(["0-1", "2-2", "3-3", "4-4"]);
  });

  it("knows what is created, whatever the dialect", () => {
    const { definitions } = outlineOf(
      "CREATE TABLE IF NOT EXISTS public.users (id int);",
      'create or replace view "Active Users" as select 1;',
      "CREATE OR REPLACE FUNCTION app.add(a int) RETURNS int AS $$ select 1; $$ LANGUAGE sql;",
      "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_name ON users (name);",
      "CREATE TABLE",
      "  [dbo].[Orders] (id int);",
      "CREATE MATERIALIZED VIEW totals AS SELECT 1;",
      "INSERT INTO users VALUES ('CREATE TABLE no');",
      "ALTER TABLE users ADD x int;",
    );
    expect(definitions.map(({ kind, path, name }) => `${kind} ${path} ${name}`)).toEqual([
      "class public.users users",
      "class Active Users Active Users",
      "function app.add add",
      "variable by_name by_name",
      "class dbo.Orders Orders",
      "class totals totals",
    ]);
  });

  it("ends with the file where a quote is left open", () => {
    expect(rowsOf("select 'never closed;", "select 2;")).toEqual(["0-1"]);
  });
});
