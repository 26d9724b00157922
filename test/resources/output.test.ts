import { expect, test } from "vitest";
import { outputResource } from "../../src/resources/output.ts";
import { callBy, fakeContext } from "../tools/fake-context.ts";

test.each([
  ["o1/0", "page 0"],
  ["o1/1", "page 1"],
  ["o1", "page 0"],
  ["o1/2", null],
  ["o2/0", null],
  ["o1/-1", null],
  ["o1/0/x", null],
  ["o1/1e3", null],
  ["../o1/0", null],
  ["", null],
])("%j gives %j", async (rest, text) => {
  const found = await outputResource.read(rest, fakeContext(), callBy());
  expect(found?.text ?? null).toBe(text);
});
