import { expect, test } from "vitest";
import { outputResource } from "../../src/resources/output.ts";
import { callBy, fakeContext } from "../tools/fake-context.ts";

test.each([
  ["o1", "from 0\n\nMore: codelab://output/o1/9"],
  ["o1/0", "from 0\n\nMore: codelab://output/o1/9"],
  ["o1/9", "from 9"],
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
