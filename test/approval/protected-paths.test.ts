import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protectedReason } from "../../src/approval/protected-paths.ts";

const NAMES = [
  ".git",
  ".mcp.json",
  ".claude",
  ".vscode",
  ".env",
  ".env.local",
  ".bashrc",
  ".ssh",
  ".npmrc",
  "CLAUDE.md",
];

/** Spellings that some file system takes for the same name. */
const mangle = (name: string) =>
  fc
    .record({
      upper: fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }),
      ignorable: fc.constantFrom("", "\u200b", "\u200d", "\u00ad", "\u2060", "\ufeff", "\u180e", "\ufe0f"),
      at: fc.nat({ max: name.length }),
      tail: fc.constantFrom("", ".", " ", "...", ". ", ":$DATA", "::$INDEX_ALLOCATION"),
      wide: fc.boolean(),
    })
    .map(({ upper, ignorable, at, tail, wide }) => {
      const cased = Array.from(name, (letter, index) => (upper[index] === true ? letter.toUpperCase() : letter)).join(
        "",
      );
      const shaped = wide ? Array.from(cased, fullWidth).join("") : cased;
      return shaped.slice(0, at) + ignorable + shaped.slice(at) + tail;
    });

function fullWidth(letter: string): string {
  return /[A-Za-z]/.test(letter) ? String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0) : letter;
}

const folder = fc.constantFrom("src", "a b", "日本", "x.y", "deep");

describe("protectedReason", () => {
  it("knows a protected name in every spelling, at every depth, with everything inside it", () => {
    const spelled = fc.constantFrom(...NAMES).chain(mangle);
    fc.assert(
      fc.property(
        fc.array(folder, { maxLength: 3 }),
        spelled,
        fc.array(folder, { maxLength: 2 }),
        (above, name, below) => {
          for (const separator of ["/", "\\"])
            expect(protectedReason([...above, name, ...below].join(separator))).not.toBeNull();
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("leaves ordinary paths alone", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}(\.[a-z]{1,4})?$/);
    const ordinary = word.filter((name) => !/^(claude\.|claude\.local|agents\.|gemini\.|lefthook\.)/.test(name));
    fc.assert(
      fc.property(fc.array(ordinary, { minLength: 1, maxLength: 5 }), (parts) => {
        expect(protectedReason(parts.join("/"))).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it("protects our own directories wherever they are", () => {
    const own = ["var/codelab", "/home/u/.state"];
    expect(protectedReason("var/codelab/policy.json", own)).toContain("own state");
    expect(protectedReason("VAR/./Codelab", own)).toContain("own state");
    expect(protectedReason("/home/u/.state/approval.key", own)).toContain("own state");
    expect(protectedReason("var/codelab-notes/a", own)).toBeNull();
    expect(protectedReason("var", own)).toBeNull();
  });
});
