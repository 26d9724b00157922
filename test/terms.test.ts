import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partsOf, stemOf, termsOf, wholeOf } from "../src/terms.ts";

describe("termsOf", () => {
  it("gives an identifier whole and in parts", () => {
    expect(termsOf("parseHTTPResponse")).toEqual(["parsehttpresponse", "pars", "http", "respons"]);
    expect(termsOf("render_template")).toEqual(["rendertemplate", "render", "templat"]);
    expect(termsOf("useV8Cache HTMLParser2")).toEqual([
      "usev8cache",
      "use",
      "v8",
      "cach",
      "htmlparser2",
      "html",
      "parser2",
    ]);
  });

  it("spells snake and camel case alike, so that either finds the other", () => {
    expect(termsOf("renderTemplate")).toEqual(termsOf("render_template"));
    expect(wholeOf("__init__")).toBe("init");
  });

  it("gives pairs of characters for scripts without spaces, and words for others", () => {
    expect(termsOf("数据库")).toEqual(["数据库", "数据", "据库"]);
    expect(termsOf("库")).toEqual(["库"]);
    expect(termsOf("привет, мир")).toEqual(["привет", "мир"]);
  });

  it("treats composed and decomposed letters alike", () => {
    expect(termsOf("e\u0301te\u0301")).toEqual(termsOf("été"));
  });

  it("drops encoded data and everything that is no word", () => {
    expect(termsOf("x".repeat(81))).toEqual([]);
    expect(termsOf("() => { } \u0000 -- %$")).toEqual([]);
  });

  it("gives lower-case words without spaces or quotes for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const term of termsOf(text)) {
          expect(term).toMatch(/^[\p{L}\p{M}\p{N}]+$/u);
          expect(term).not.toMatch(/[A-Z]/);
        }
      }),
    );
  });

  it("does not depend on what stands around a word", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}([A-Z][a-z]{1,8}){0,3}$/)), (words) => {
        expect(termsOf(words.join(" "))).toEqual(words.flatMap((word) => termsOf(word)));
      }),
    );
  });
});

describe("partsOf", () => {
  it("splits ASCII as it splits any script", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\w{1,24}$/), (identifier) => {
        // What stands behind a letter of another script is split by the general rules.
        expect([...partsOf(identifier), "é"]).toEqual(partsOf(`${identifier}_é`));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("stemOf", () => {
  it("brings the forms of a word together", () => {
    for (const forms of [
      ["route", "routes", "routing", "routed"],
      ["embed", "embedding", "embeddings", "embeds", "embedded"],
      ["query", "queries"],
      ["match", "matches", "matching"],
      ["class", "classes"],
      ["stop", "stopped", "stopping"],
    ]) {
      expect(new Set(forms.map(stemOf)).size, forms.join(" ")).toBe(1);
    }
  });

  it("leaves words alone that only look like forms", () => {
    for (const word of ["string", "status", "thing", "class", "red", "gas", "bus", "v8s"]) {
      expect(stemOf(word), word).toBe(word);
    }
  });

  it("keeps different words apart", () => {
    expect(stemOf("generic")).not.toBe(stemOf("general"));
    expect(stemOf("format")).not.toBe(stemOf("formatter"));
  });
});

describe("partsOf", () => {
  it("splits at changes of case, underscores and digits before capitals", () => {
    expect(partsOf("IOErrorCode")).toEqual(["io", "error", "code"]);
    expect(partsOf("SHA256Sum")).toEqual(["sha256", "sum"]);
    expect(partsOf("MAX_SIZE")).toEqual(["max", "size"]);
    // The letter before an acronym belongs to it.
    expect(partsOf("gRPC")).toEqual(["grpc"]);
    expect(partsOf("tRPCError")).toEqual(["trpc", "error"]);
    expect(partsOf("createTRPCRouter")).toEqual(["create", "trpc", "router"]);
    expect(partsOf("iPhone")).toEqual(["i", "phone"]);
  });
});
