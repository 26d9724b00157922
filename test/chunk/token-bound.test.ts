import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundTokens } from "../../src/chunk/token-bound.ts";

/** Texts with the number of tokens that the tokenizer of all-MiniLM-L6-v2 makes of them, its two marks not counted. */
const counted: readonly (readonly [tokens: number, text: string])[] = [
  [10, "return this.store.open(path);"],
  [22, "export async function chunkText(source: ChunkSource): Promise<Chunk[]> {"],
  [43, "    ve_vl_vdivswzx_vvvmvl,                     // llvm.ve.vl.vdivswzx.vvvmvl"],
  [31, '"\\xF3\\xA0\\x8B\\xA3" => "",  # U+E02E3'],
  [28, "0x67, 0x75, 0x72, 0x61, 0x74, 0x69"],
  [48, "sha512-yGmyFb75nmicYyXqKm0TMEydA8QF76kr/+dvBcu9eSN093CKijLYYgsg3xGU44K3"],
  [28, "3f786850e387550fdab836ed7e6dc881de23001b"],
  [39, "PyAPI_FUNC(void) _PyPreConfig_InitCompatConfig(PyPreConfig *preconfig);"],
  [15, "XMLPUBFUN xmlAutomataStatePtr XMLCALL"],
  [26, "HL_GAUDI2_CPU_PLL = 0, HL_GAUDI2_SRAM_PLL"],
  [39, "('noallowrevins','noallowrevins'), ('noaltkeymap','noaltkeymap')"],
  [10, "The quick brown fox jumps over the lazy dog."],
  [13, "getElementById internationalization counterrevolutionary"],
  [8, "日本語のコメント"],
  [20, "한국어 주석입니다"],
  [8, "Größe für naïve Änderungen"],
  [21, "Привет, мир: комментарий"],
  [3, "🎉🚀 done ✅"],
  [1, "┌──────┬──────┐"],
  [38, '!function(e,t){"object"==typeof exports&&"undefined"!=typeof module?t(exports):0}(this)'],
  [7, "qxzjvkw"],
  [7, "a b c d e f g"],
  [30, "SELECT u.id, COUNT(*) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY 1;"],
  [22, "-----BEGIN CERTIFICATE-----MIIDXTCCAkWgAwIBAgIJAL"],
  [35, "std::unordered_map<std::string, std::vector<std::shared_ptr<Foo>>>"],
];

describe("boundTokens", () => {
  it.each(counted)("says at least %i of %j", (tokens, text) => {
    expect(boundTokens(text)).toBeGreaterThanOrEqual(tokens);
    // What is one unknown token there may be many elsewhere: only for plain text is the bound close.
    if (/^[\x20-\x7e]*$/.test(text)) expect(boundTokens(text)).toBeLessThanOrEqual(tokens * 2.5);
  });

  it("counts punctuation and digits exactly", () => {
    expect(boundTokens("{}();")).toBe(5);
    expect(boundTokens("1024")).toBe(4);
  });

  it("adds up over lines, to the last bit", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 20 }), (lines) => {
        const sum = lines.map((line) => boundTokens(`${line}\n`)).reduce((all, each) => all + each, 0);
        expect(boundTokens(lines.map((line) => `${line}\n`).join(""))).toBe(sum);
      }),
    );
  });

  it("never shrinks when a text grows by a line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(boundTokens(`${a}\n${b}`)).toBeGreaterThanOrEqual(Math.max(boundTokens(a), boundTokens(b)));
      }),
    );
  });

  it("takes every character outside of ASCII for at least one token", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
        const wide = Array.from(text).filter((character) => character > "\u007f").length;
        expect(boundTokens(text)).toBeGreaterThanOrEqual(wide);
      }),
    );
  });
});
