import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkText } from "../../src/chunk/chunk-text.ts";
import { blankMacros } from "../../src/chunk/grammars/c-macros.ts";
import { DEFAULT_LIMIT } from "../../src/chunk/limits.ts";
import { syntax } from "./shared-syntax.ts";

const HEADER = `#ifndef LIB_API_H
#define LIB_API_H
#define LIB_EXPORT \\
  __attribute__((visibility("default")))
LIB_BEGIN_NAMESPACE
namespace detail {

// Counts what is left.
LIB_CONSTEXPR int left(int count) { return count; }

}  // namespace detail

LIB_BEGIN_EXPORT

// A list of arguments with dynamic storage.
LIB_EXPORT template <typename Context> class arg_store {
 public:
  void push_back(int value) { items_ = value; }
  LIB_CONSTEXPR auto size() const -> int { return items_; }
 private:
  int items_;
};

class LIB_API Reader : public Base {
 public:
  int read(char* to);
};

template <> struct formatter<std::filesystem::path,
                             char> {
  int parse(int from) { return from; }
};

LIB_END_EXPORT
LIB_END_NAMESPACE
#endif
`;

async function namesIn(text: string): Promise<string[]> {
  const chunks = await chunkText({ path: "lib/api.hpp", text }, DEFAULT_LIMIT, syntax);
  return chunks.flatMap(({ defines }) => defines);
}

describe("macros where C++ has no place for one", () => {
  it("do not hide what is defined between them", async () => {
    const names = await namesIn(HEADER);
    for (const name of ["detail", "left", "arg_store", "push_back", "size", "Reader", "read", "formatter", "parse"]) {
      expect(names).toContain(name);
    }
    for (const name of names) expect(name).toMatch(/^\w+$/);
  });

  it("give the arguments of a specialisation to its path only", async () => {
    const [chunk] = await chunkText(
      { path: "a.hpp", text: "template <> struct formatter<std::path,\n   char> {\n  int x;\n};\n" },
      DEFAULT_LIMIT,
      syntax,
    );
    expect(chunk?.symbol).toBe("formatter<std::path, char>");
    expect(chunk?.defines).toEqual(["formatter"]);
  });

  it("are blanked, and nothing else moves", () => {
    const blanked = blankMacros(HEADER);
    expect(blanked).not.toMatch(/^LIB_(?:BEGIN|END)|LIB_EXPORT template|LIB_API Reader/m);
    expect(blanked).toContain("#define LIB_EXPORT \\\n  __attribute__");
    expect(blanked).toContain("class         Reader");
    expectSamePlaces(HEADER, blanked);
  });

  it("stay where they are operands, constants or arguments", () => {
    for (const text of [
      "int a =\nMAX_SIZE\n;",
      "int b[MAX_SIZE];",
      "f(MAX_SIZE,\nMIN_SIZE\n)",
      "T x = MAX_SIZE + 1;",
      "enum { A_B, C_D };",
    ]) {
      expect(blankMacros(text)).toBe(text);
    }
  });

  it("keep every other character in its place, whatever the text", () => {
    const piece = fc.constantFrom(...HEADER.split(/(?<=[ \n])/), "#", "\\\n", "\r\n", "\u{1F600}", "A_B", " class ");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) =>
        expectSamePlaces(pieces.join(""), blankMacros(pieces.join(""))),
      ),
    );
  });
});

function expectSamePlaces(before: string, after: string): void {
  expect(after.length).toBe(before.length);
  for (let at = 0; at < before.length; at++) if (after[at] !== before[at]) expect(after[at]).toBe(" ");
}
