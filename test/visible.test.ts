import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanComment } from "../src/approval/elicitation.ts";
import { hasDeceptive, visible, visibleLine } from "../src/visible.ts";

describe("visible", () => {
  it.each([
    ["a terminal escape", "\u001b[2K\u001b[1Arm -rf /", "⟨ESC⟩[2K⟨ESC⟩[1Arm -rf /"],
    ["an OSC 52 clipboard write", "\u001b]52;c;eA==\u0007", "⟨ESC⟩]52;c;eA==⟨U+0007⟩"],
    ["a C1 introducer", "\u009b31m", "⟨U+009B⟩31m"],
    ["a bidirectional override", "user\u202etxt.exe", "user⟨U+202E⟩txt.exe"],
    ["an isolate", "a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"],
    ["zero widths", "ad\u200bmin\ufeff", "ad⟨U+200B⟩min⟨U+FEFF⟩"],
    ["tag characters", "ok\u{e0041}", "ok⟨U+E0041⟩"],
    ["hidden variation selectors", "x\u{e0101}", "x⟨U+E0101⟩"],
    ["an unusual space", "rm\u00a0-rf", "rm⟨U+00A0⟩-rf"],
    ["a filler that shows nothing", "a\u3164b", "a⟨U+3164⟩b"],
    ["a lone carriage return", "safe\rrm -rf", "safe⟨CR⟩rm -rf"],
    ["a lone surrogate", "a\ud800", "a⟨U+D800⟩"],
    ["a line separator", "a\u2028b", "a⟨U+2028⟩b"],
    ["ordinary text", "naïve 日本語 ❤️\n\tindented", "naïve 日本語 ❤️\n\tindented"],
  ])("writes out %s", (_, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(hasDeceptive(text)).toBe(text !== shown);
  });

  it("never lets a control or format character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(visible(text).replaceAll(/[\n\t]/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(visibleLine(text)).not.toMatch(/[\n\t\r]/);
      }),
    );
  });

  it("keeps a comment to what can be shown", () => {
    expect(cleanComment("  use\u001b[0m tabs\r\nplease ")).toBe("use⟨ESC⟩[0m tabs\nplease");
    expect(cleanComment(" \n ")).toBeNull();
    expect(cleanComment("x".repeat(9_999))).toHaveLength(2_000);
  });
});
