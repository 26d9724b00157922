import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askedRoles } from "../../src/search/asked-roles.ts";
import { MAX_QUERY_TERMS } from "../../src/search/constants.ts";
import { begunSymbol, lexicalTerms } from "../../src/search/lexical-terms.ts";
import { analyseQuery } from "../../src/search/query.ts";

describe("analyseQuery", () => {
  it.each([
    ["renderTemplate", "symbol"],
    ["render_template", "symbol"],
    ["Engine", "symbol"],
    ["app.render()", "symbol"],
    ["std::vector::push_back", "symbol"],
    ["src/flask/app.py", "path"],
    ["router.go", "path"],
    ["c.JSON", "symbol"],
    ["how are routes registered", "words"],
    ["session management", "words"],
    ["content negotiation with req.accepts", "mixed"],
    ["how IntoResponse converts values", "mixed"],
    ["what does src/flask/app.py do with errors", "mixed"],
  ])("takes %j for %s", (query, kind) => {
    expect(analyseQuery(query).kind).toBe(kind);
  });

  it("leaves stop words out, unless there is nothing else", () => {
    expect(analyseQuery("how are the routes registered").stems).toEqual(["rout", "register"]);
    expect(analyseQuery("what is it").stems).toEqual(["what", "is", "it"]);
  });

  it("knows identifiers among words, whole and in parts", () => {
    expect(analyseQuery("where does parseHTTPResponse fail").identifiers).toEqual([
      { whole: "parsehttpresponse", parts: ["pars", "http", "respons"] },
    ]);
  });

  it("keeps quoted phrases and forgives a lone quote", () => {
    expect(analyseQuery('error "file not found" here').phrases).toEqual(["file not found"]);
    expect(analyseQuery('error "file not found').phrases).toEqual([]);
  });

  it("asks by phrase, by whole identifier and by its parts", () => {
    expect(lexicalTerms(analyseQuery('"route table" setup'))).toContainEqual({ text: "rout tabl" });
    expect(lexicalTerms(analyseQuery("renderTemplate")).map(({ text }) => text)).toEqual([
      "rendertemplate",
      "render",
      "templat",
    ]);
  });

  it("takes a word of a question that nobody wrote for its family", () => {
    const begun = (query: string) =>
      Object.fromEntries(lexicalTerms(analyseQuery(query)).map((term) => [term.text, term.begun]));
    expect(begun("extraction of variables, its behaviour")).toEqual({
      extraction: "extract",
      variabl: "variabl",
      behaviour: "behavi",
    });
    // Too short to tell, or in a text that says enough.
    expect(begun("log in a bag")).toEqual({ log: undefined, bag: undefined });
    expect(begun("globally")).toEqual({ globally: undefined });
    const long = Array.from({ length: 17 }, (_, at) => `${String.fromCharCode(97 + at)}extraction`).join(" ");
    expect(Object.values(begun(long)).filter((beginning) => beginning !== undefined)).toEqual([]);
  });

  it("offers to complete a symbol, but not a question", () => {
    expect(begunSymbol(analyseQuery("renderTempl"))).toEqual({
      whole: { text: "rendertempl" },
      begun: { text: "rendertempl", prefix: true },
    });
    expect(begunSymbol(analyseQuery("Engines"))?.whole).toEqual({ text: "engin" });
    expect(begunSymbol(analyseQuery("how are routes registered"))).toBeNull();
    expect(begunSymbol(analyseQuery("re"))).toBeNull();
  });

  it("answers any input with bounded, plain terms", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom(
        "",
        "a",
        "the of",
        "привет мир",
        "数据库连接",
        "a* OR b NEAR/2 c",
        "'; DROP TABLE chunks;--",
        '"',
      ),
      fc.constantFrom("^$(.*)+", "\u0000\u0007", "word ".repeat(8_000), "x".repeat(100_000)),
    );
    fc.assert(
      fc.property(nasty, (text) => {
        const terms = lexicalTerms(analyseQuery(text));
        expect(terms.length).toBeLessThanOrEqual(MAX_QUERY_TERMS);
        for (const term of terms) expect(term.text).toMatch(/^[\p{L}\p{M}\p{N}]+( [\p{L}\p{M}\p{N}]+)*$/u);
      }),
    );
  });
});

describe("askedRoles", () => {
  it.each([
    ["unit tests for the router", "test"],
    ["test_session_expiry", "test"],
    ["where is the parser tested", "test"],
    ["example of a custom adapter", "example"],
    ["readme installation", "docs"],
    ["man page of the search verb", "docs"],
    ["package.json exports", "data"],
  ])("hears in %j that %s files are asked for", (query, role) => {
    expect([...askedRoles(query)]).toContain(role);
  });

  it.each([
    "how vitest discovers and runs test files",
    "testing client",
    "test runner worker pool scheduling",
    "how errors are formatted",
    "radix tree path matching",
  ])("does not take the mention in %j for asking", (query) => {
    expect([...askedRoles(query)]).toEqual([]);
  });
});
