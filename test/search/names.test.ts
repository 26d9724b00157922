import fc from "fast-check";
import { expect, it } from "vitest";
import { makeChunk } from "../contract/make-chunks.ts";
import { createNames, ownName } from "../../src/search/names.ts";
import { saidWords } from "../../src/search/sieve.ts";

it("takes a name apart as the index does, each stem once", () => {
  const names = createNames();
  expect(names.name("parseHTTPRoutes")).toMatchObject({
    whole: "parsehttproutes",
    stems: ["pars", "http", "rout"],
    roots: ["pars", "http", "rout"],
  });
  expect(names.name("route_routes")).toMatchObject({ whole: "routeroutes", stems: ["rout"], roots: ["rout"] });
  expect(names.name("")).toMatchObject({ whole: "", stems: [], roots: [] });
});

it("tells a file's part, its speaking stem and its folders", () => {
  const { role, stem, folders } = createNames().path("packages/json-reader/test/index.ts");
  expect(role).toBe("test");
  expect(stem.whole).toBe("test");
  expect(folders.map(({ whole }) => whole)).toEqual(["packages", "json-reader", "test"]);
  expect(createNames().path("main.go").folders).toEqual([]);
});

it("names what a symbol path leads to", () => {
  const symbols = ["Json.Reader.open", "std::vec#push", "alone", "odd::", ""];
  expect(symbols.map(ownName)).toEqual(["open", "push", "alone", "", ""]);
});

it("says the same however much it remembers", () => {
  const [short, long] = [createNames(2), createNames()];
  const text = fc.constantFrom("a", "toString", "__proto__", "constructor", "src/a_test.go", "Reader.open");
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), (texts) => {
      for (const each of texts) {
        expect(short.name(each)).toEqual(long.name(each));
        expect(short.path(each)).toEqual(long.path(each));
      }
    }),
  );
});

it("keeps with a chunk what its names tell, and of its names only those that may be said", () => {
  const names = createNames();
  const head = { ...makeChunk("", { symbol: "Json.Reader", defines: ["openFile"] }), id: 1, path: "test/reader.ts" };
  const facts = names.chunk(head);
  expect(facts.role).toBe("test");
  expect(names.chunk(head)).toBe(facts);
  expect(facts.defined(saidWords(["fil"])).map(({ whole }) => whole)).toEqual(["openfile", "reader"]);
  expect(facts.defined(saidWords([]))).toEqual([]);
  expect(names.chunk({ ...head, path: "src/reader.ts", derived: undefined }).role).toBe("source");
});
