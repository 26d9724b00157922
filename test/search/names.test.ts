import { expect, it } from "vitest";
import { definedBy, namesOfPath, ownName } from "../../src/search/names.ts";

it("names what a symbol path leads to", () => {
  const symbols = ["Json.Reader.open", "std::vec#push", "alone", "odd::", ""];
  expect(symbols.map(ownName)).toEqual(["open", "push", "alone", "", ""]);
});

it("tells a file's speaking stem, then its folders", () => {
  expect(namesOfPath("packages/json-reader/test/index.ts")).toEqual(["test", "packages", "json-reader", "test"]);
  expect(namesOfPath("server.go")).toEqual(["server"]);
});

it("tells what a chunk defines, its own name among it once", () => {
  expect(definedBy({ symbol: "Json.Reader", defines: ["openFile"] })).toEqual(["openFile", "Reader"]);
  expect(definedBy({ symbol: "Json.Reader", defines: ["Reader"] })).toEqual(["Reader"]);
  expect(definedBy({ symbol: null, defines: [] })).toEqual([]);
});
