import fc from "fast-check";
import { expect, it } from "vitest";
import { rootOf } from "../../src/search/word-root.ts";
import { stemOf } from "../../src/terms.ts";

const root = (word: string) => rootOf(stemOf(word));

it.each([
  ["serialization", "serializer", "serialize"],
  ["validation", "validator", "validate"],
  ["configuration", "config", "configure", "cfg"],
  ["parser", "parse", "parsing"],
  ["router", "route", "routing"],
  ["handler", "handle"],
  ["collector", "collect", "collection"],
  ["message", "msg"],
  ["assertion", "assert"],
  ["behaviour", "behavior"],
  ["serialise", "serialize", "serialisation"],
  ["colour", "color"],
])("sees a family in %s, %s", (...words) => {
  expect(new Set(words.map(root)).size).toBe(1);
});

it.each([
  ["generic", "generate"],
  ["format", "form"],
  ["user", "use"],
  ["container", "contact"],
  ["hour", "hor"],
])("keeps %s and %s apart", (one, other) => {
  expect(root(one)).not.toBe(root(other));
});

it("shortens and never empties", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,30}$/), (word) => {
      expect(rootOf(word).length).toBeGreaterThan(0);
    }),
  );
});
