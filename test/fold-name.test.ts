import fc from "fast-check";
import { expect, it } from "vitest";
import { foldName } from "../src/fold-name.ts";

it.each([
  [".git", ".git"],
  [".GIT", ".git"],
  [".Git. .", ".git"],
  [".git:x", ".git"],
  [".git::$INDEX_ALLOCATION", ".git"],
  ["GIT~1", ".git"],
  [".g\u200cit", ".git"],
  ["\uff0eg\uff49t", ".git"],
  [".\u212Aube", ".kube"],
  ["e\u0301", "\u00e9"],
  ["a.ts", "a.ts"],
  ["A-B_c.9", "a-b_c.9"],
  ["", ""],
])("%j is %j", (name, folded) => expect(foldName(name)).toBe(folded));

it("is the same for what is folded already, whatever the way there", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const folded = foldName(name);
      expect(foldName(folded)).toBe(folded);
      expect(foldName(name.toUpperCase())).toBe(foldName(name.toUpperCase().toLowerCase()));
    }),
  );
});
