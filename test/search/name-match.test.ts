import { describe, expect, it } from "vitest";
import { definitionMatch, nameMatch, scopeMatch } from "../../src/search/name-match.ts";
import { NamePool } from "../../src/search/name-pool.ts";
import { namesOfPath } from "../../src/search/names.ts";
import { pathMatch } from "../../src/search/path-match.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { saidNames } from "../../src/search/said-names.ts";
import { Vocabulary } from "../../src/search/vocabulary.ts";

/** Names in a pool, and a query in its words. */
function read(names: readonly string[], query: string) {
  const vocabulary = new Vocabulary();
  const pool = new NamePool(vocabulary);
  pool.add(["something", "before"]);
  const start = pool.add(names);
  return { data: pool.data, start, said: saidNames(analyseQuery(query), vocabulary) };
}

describe("nameMatch", () => {
  const match = (name: string, query: string, related = 0.5) => {
    const { data, start, said } = read([name], query);
    return nameMatch(data, start, said, related);
  };

  it("is 1 for a name that is written or said whole, in any spelling", () => {
    expect(match("renderTemplate", "render_template")).toBe(1);
    expect(match("rendertemplate", "renderTemplate")).toBe(1);
    expect(match("content-type", "parsing of the content type")).toBe(1);
    expect(match("TypeAdapter", "which type adapters are used")).toBe(1);
    expect(match("route_routes", "a route")).toBe(1);
  });

  it("is the share of its words that are said", () => {
    expect(match("TypeAdapterFactory", "type adapters")).toBeCloseTo(2 / 3);
    expect(match("Unrelated", "type adapters")).toBe(0);
    expect(match("", "type adapters")).toBe(0);
    expect(match("$", "type adapters")).toBe(0);
  });

  it("lets words of the same family count for a part", () => {
    expect(match("content-type-parser", "parsing of the content type")).toBeCloseTo(2.5 / 3);
    expect(match("config", "how the configuration is read")).toBe(0.5);
    expect(match("Router", "the route")).toBeLessThan(match("Route", "the route"));
    expect(match("formatter", "error formatting", 0)).toBe(0);
  });

  it("is that of the best of several names, or of some of them", () => {
    const { data, start, said } = read(["server", "net", "http"], "the http server");
    expect(nameMatch(data, start, said, 0.5)).toBe(1);
    expect(nameMatch(data, start, said, 0.5, 1, 2)).toBe(0);
    expect(nameMatch(data, start, said, 0.5, 2)).toBe(1);
    expect(nameMatch(data, start, said, 0.5, 3)).toBe(0);
  });

  it("completes the last word of a symbol that no name has, and no other", () => {
    expect(match("debounceTime", "debounceTi")).toBe(1);
    expect(match("Timers", "debounceTi")).toBe(1);
    expect(match("debounceTime", "debounceTi with a scheduler")).toBe(0.5);
    expect(match("debounceTime", "tiDebounce")).toBe(0.5);
    const { data, start, said } = read(["routing", "router"], "route");
    expect(nameMatch(data, start, said, 0.5)).toBe(1);
    expect(nameMatch(data, start, said, 0.5, 1)).toBe(0.5);
  });

  it("takes words that came later for not said", () => {
    const vocabulary = new Vocabulary();
    const pool = new NamePool(vocabulary);
    const said = saidNames(analyseQuery("open the store"), vocabulary);
    expect(nameMatch(pool.data, pool.add(["store"]), said, 0.5)).toBe(0);
  });
});

describe("definitionMatch", () => {
  const match = (names: readonly string[], query: string) => {
    const { data, start, said } = read(names, query);
    return definitionMatch(data, start, said, 0.5);
  };

  it("weakens a definition that answers only a part of the query", () => {
    const query = "reading json numbers with a custom policy";
    expect(match(["Json"], query)).toBeGreaterThan(0);
    expect(match(["Json"], query)).toBeLessThan(match(["JsonNumberPolicy"], query));
    expect(match(["Other", "JsonNumberPolicy"], query)).toBe(match(["JsonNumberPolicy"], query));
    expect(match(["Json"], "Json")).toBe(1);
    expect(match([], query)).toBe(0);
  });
});

describe("scopeMatch", () => {
  const match = (path: string, query: string) => {
    const { data, start, said } = read(namesOfPath(path), query);
    return scopeMatch(data, start, said);
  };

  it("is 1 where the path bears all that stands in front of the colon", () => {
    expect(match("net/http/server.go", "net/http: close idle connections")).toBe(1);
    expect(match("shards/eval.go", "shards: trace one line")).toBe(1);
    expect(match("crates/globset/src/lib.rs", "globset, cli: fix a panic")).toBe(0.5);
  });

  it("is less for a name that has more to it, and 0 elsewhere or without a scope", () => {
    expect(match("cmd/sourcegraph-indexserver/main.go", "indexserver: keep forced runs")).toBeCloseTo(0.6);
    expect(match("shards/eval.go", "web: trace one line")).toBe(0);
    expect(match("shards/eval.go", "trace one line of shards")).toBe(0);
  });
});

describe("pathMatch", () => {
  it.each([
    ["src/http/open.ts", ["http", "open.ts"], 1],
    ["src/store/open.ts", ["http", "open.ts"], 0.5],
    ["src/store/close.ts", ["http", "open.ts"], 0],
    ["SRC/App.py", ["src", "app.py"], 1],
    ["src/http/server/a.ts", ["http", "server"], 1],
    ["src/reopen.ts", ["open.ts"], 0],
    ["src/a.ts", [], 0],
  ])("of %s and %j is %f", (path, asked, share) => {
    expect(pathMatch(path, asked)).toBe(share);
  });
});
