import fc from "fast-check";
import { expect, it } from "vitest";
import { askedTerms } from "../../src/search/asked-terms.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { termsOf } from "../../src/terms.ts";

// Words whose stems are not what they begin with, or that end in more than one way, and how code joins them.
const words = (
  "queries query Query routes routing routed running embedding classes boxes es y ying agreed HTTPServer parseHTTPRoutes " +
  "render_template x1 v2Beta größe 数据库查询 ｆｕｌｌ İstanbul \u212A ſ c++ a.b $1 [^ 7"
).split(" ");
const text = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom("", "_", " ", ".", "(", "\t", "-")), { maxLength: 8 })
  .map((parts) => parts.flat().join(""));

it("counts the terms of a query that a text says, as taking the whole text apart would", () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), fc.oneof(text, fc.string({ unit: "binary" })), (asked, said) => {
      const query = analyseQuery(asked);
      const wanted = new Set([...query.stems, ...query.identifiers.map(({ whole }) => whole)]);
      expect(askedTerms(query)(said)).toBe(new Set(termsOf(said).filter((term) => wanted.has(term))).size);
    }),
    { numRuns: 2000 },
  );
});

it("finds words by their family, and none where nothing is asked for", () => {
  const count = askedTerms(analyseQuery("queries of renderTemplate"));
  expect(count("const query = render_template(queries)")).toBe(4);
  expect(count("nothing of that kind")).toBe(0);
  expect(askedTerms({ stems: [], identifiers: [] })("anything")).toBe(0);
});
