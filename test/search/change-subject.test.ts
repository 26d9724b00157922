import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSubject } from "../../src/search/change-subject.ts";
import { analyseQuery } from "../../src/search/query.ts";

describe("readSubject", () => {
  it.each([
    ["shards: trace on one line", ["shards"], "shards trace on one line"],
    ["ignore/types: add the Godot engine", ["ignore", "types"], "ignore/types the Godot engine"],
    ["net/http, crypto: close idle connections", ["net", "http", "crypto"], "net/http, crypto close idle connections"],
    ["fix(ui): wrong colour of links", ["ui"], "wrong colour of links"],
    ["feat!: drop callbacks", [], "drop callbacks"],
    ["Add metric for indexing delay", [], "metric for indexing delay"],
    ["Fix wrong status codes", [], "wrong status codes"],
  ])("reads %j", (text, scope, said) => {
    expect(readSubject(text)).toEqual({ scope, said });
  });

  it.each([
    "how are routes registered",
    "std::vector push_back",
    "key:value pairs",
    "https://example.org/a b",
    "update user",
    "adding",
    "why does this fail: nobody knows",
    "",
  ])("leaves %j as it is", (text) => {
    expect(readSubject(text)).toEqual({ scope: [], said: text });
  });

  it("reads any text, and loses no word but prefixes and the verb", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const { said, scope } = readSubject(text);
        expect(said.length).toBeLessThanOrEqual(text.length);
        for (const part of scope) expect(text).toContain(part);
      }),
    );
  });
});

describe("a query worded like a change", () => {
  it("is searched for without the verb, and knows its scope", () => {
    const { stems, scope, text } = analyseQuery("query: Add regexp raw pattern API");
    expect(stems).toEqual(["query", "regexp", "raw", "pattern", "api"]);
    expect(scope).toEqual(["query"]);
    expect(text).toBe("query: Add regexp raw pattern API");
  });

  it("keeps a verb that is all there is", () => {
    expect(analyseQuery("add").stems).toEqual(["add"]);
    expect(analyseQuery("remove listeners").stems).toEqual(["remov", "listener"]);
  });
});
