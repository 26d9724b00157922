import { expect, test } from "vitest";
import { createFaultFinder } from "../../src/chunk/syntax-faults.ts";

const find = createFaultFinder();

test.each([
  ["const a: number = 1;\nexport { a };\n", "typescript"],
  ["def f(x):\n    return x\n", "python"],
  ['{"a": [1, 2]}\n', "json"],
  ["", "typescript"],
  ["#define X(\nvoid f( {", "c"],
  ["what ever ((", "unknown"],
])("%j in %s has no fault", async (text, language) => {
  expect(await find(text, language)).toEqual([]);
});

test.each([
  ["const a = 1;\nfunction f( {\n", "typescript", 2],
  ["def f(:\n    return\n", "python", 1],
  ['{\n  "a": 1,,\n}\n', "json", 2],
  ["func main() {\n", "go", 1],
])("%j in %s has one", async (text, language, line) => {
  const faults = await find(text, language);
  expect(faults.length).toBeGreaterThan(0);
  expect(faults[0]?.line).toBeGreaterThanOrEqual(line);
  expect(faults[0]?.message).toMatch(/missing|unexpected/);
});

test("a text full of faults is told by its first few", async () => {
  expect((await find("}{".repeat(10_000), "typescript")).length).toBeLessThanOrEqual(5);
});
