import { describe, expect, it } from "vitest";
import { definitionMatch, nameMatch, scopeMatch } from "../../src/search/name-match.ts";
import { createNames } from "../../src/search/names.ts";
import { pathMatch } from "../../src/search/path-match.ts";
import { analyseQuery } from "../../src/search/query.ts";

describe("nameMatch", () => {
  const names = createNames();
  const match = (name: string, query: string) => nameMatch(names.name(name), analyseQuery(query), 0.5);

  it("is 1 for a name that is written or said whole, in any spelling", () => {
    expect(match("renderTemplate", "render_template")).toBe(1);
    expect(match("content-type", "parsing of the content type")).toBe(1);
    expect(match("TypeAdapter", "which type adapters are used")).toBe(1);
  });

  it("is the share of its words that are said", () => {
    expect(match("TypeAdapterFactory", "type adapters")).toBeCloseTo(2 / 3);
    expect(match("Unrelated", "type adapters")).toBe(0);
    expect(match("", "type adapters")).toBe(0);
    expect(match("$", "type adapters")).toBe(0);
  });

  it("weakens a definition that answers only a part of the query", () => {
    const query = analyseQuery("reading json numbers with a custom policy");
    expect(definitionMatch([names.name("Json")], query, 0.5)).toBeGreaterThan(0);
    expect(definitionMatch([names.name("Json")], query, 0.5)).toBeLessThan(
      definitionMatch([names.name("JsonNumberPolicy")], query, 0.5),
    );
    expect(definitionMatch([names.name("Json")], analyseQuery("Json"), 0.5)).toBe(1);
    expect(definitionMatch([], query, 0.5)).toBe(0);
  });

  it("lets words of the same family count for a part", () => {
    expect(match("content-type-parser", "parsing of the content type")).toBeCloseTo(2.5 / 3);
    expect(match("config", "how the configuration is read")).toBe(0.5);
    expect(match("Router", "route")).toBeLessThan(match("Route", "route"));
    expect(nameMatch(names.name("formatter"), analyseQuery("error formatting"), 0)).toBe(0);
  });
});

describe("scopeMatch", () => {
  const names = createNames();
  const match = (path: string, query: string) => {
    const { folders, stem } = names.path(path);
    return scopeMatch([stem, ...folders], analyseQuery(query).scope.map(names.name));
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
