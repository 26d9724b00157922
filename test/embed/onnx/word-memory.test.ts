import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { piecesOf } from "../../../src/embed/onnx/text-encoder.ts";
import { rememberWords } from "../../../src/embed/onnx/word-memory.ts";
import { tinyTokenizer } from "../fakes/tiny-model.ts";

const json = { ...(JSON.parse(tinyTokenizer()) as Record<string, unknown>), truncation: null };
const tokenizer = new Tokenizer(json, {});
let asked: string[] = [];
const plain = (text: string): number[] => {
  asked.push(text);
  return tokenizer.encode(text, { add_special_tokens: false }).ids;
};
const remembering = () => rememberWords(json, plain) ?? expect.unreachable("it treats words alone");

/** What code, prose and noise are made of, and what Unicode has for tokenizers to stumble over. */
const scraps = [
  "a",
  "b",
  "z",
  "0",
  "9",
  " ",
  "\t",
  "\n",
  "\r",
  "\v",
  "\f",
  "(",
  ")",
  ".",
  ",",
  ";",
  "_",
  "{",
  "}",
  "'",
  "`",
  "~",
  "\u0000",
  "\u0007",
  "\u007F",
  "[CLS]",
  "[UNK]",
  "[",
  "]",
  "CLS",
  "return",
  "A".repeat(101),
].concat([
  "\u00E9",
  "e\u0301",
  "\u0301",
  "\u03A3",
  "\u0391\u03A3",
  "\u3000",
  "\u00A0",
  "\uFEFF",
  "\u2028",
  "\u65E5",
  "\uD83D\uDE00",
  "\u0130",
  "\u00DF",
]);
const text = fc.array(fc.constantFrom(...scraps), { maxLength: 40 }).map((parts) => parts.join(""));

describe("rememberWords", () => {
  it("gives the ids that the tokenizer gives, for any text, once and again", () => {
    const encode = remembering();
    fc.assert(
      fc.property(text, (each) => {
        const expected = plain(each);
        expect(encode(each)).toEqual(expected);
        expect(encode(each)).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it("asks the tokenizer once for each word", () => {
    const encode = remembering();
    asked = [];
    encode("return a(b, a); return b");
    expect(asked.toSorted()).toEqual(["(", ")", ",", ";", "a", "b", "return"].toSorted());
    encode("a return b");
    expect(asked).toHaveLength(7);
  });

  it("forgets words that did not come for long, and no others", () => {
    const encode = remembering();
    for (let word = 0; word < 20_001; word += 1) {
      encode(`w${word}`);
      if (word % 1_000 === 0) encode("often");
    }
    asked = [];
    encode("w20000 often w16000 w0");
    expect(asked).toEqual(["w0"]);
  });

  it("leaves tokenizers alone that join words with what is before them", () => {
    const bytes = { ...json, pre_tokenizer: { type: "ByteLevel" } };
    expect(rememberWords(bytes, plain)).toBeNull();
    expect(rememberWords({ ...json, model: { type: "BPE" } }, plain)).toBeNull();
    expect(rememberWords(null, plain)).toBeNull();
  });
});

describe("piecesOf", () => {
  it("cuts nothing away and gives the tokens of the whole", () => {
    const words = fc.array(fc.constantFrom("a", "return", "b(c)", "x\n  y", "\uD83D\uDE00", "\u65E5"), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 30 }), (parts, size) => {
        const whole = parts.join(" ");
        const pieces = [...piecesOf(whole, size)];
        expect(pieces.join("")).toBe(whole);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(size);
        for (const piece of pieces) expect(/[\uD800-\uDBFF]$/.test(piece)).toBe(false);
        expect(pieces.flatMap(plain)).toEqual(plain(whole));
      }),
    );
  });

  it("cuts what has no spaces without tearing a character apart", () => {
    const pieces = [...piecesOf("\uD83D\uDE00".repeat(10), 3)];
    expect(pieces).toEqual(Array.from({ length: 10 }, () => "\uD83D\uDE00"));
  });
});
