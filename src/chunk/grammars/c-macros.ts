/**
 * Blanks the macros of C and C++ that stand where the grammar has no place for one (`LIB_BEGIN_NAMESPACE` on a line of
 * its own, `LIB_EXPORT template <…>`, `class LIB_API Name`), which it else reads as the name or type of a function that
 * goes on to the end of the file. Every other character keeps its place.
 */
export function blankMacros(text: string): string {
  if (!MACRO.test(text)) return text;
  let directive = false;
  let before = "";
  return text
    .split("\n")
    .map((line) => {
      const isDirective = directive || /^\s*#/.test(line);
      directive = isDirective && /\\\r?$/.test(line);
      if (isDirective) return line;
      const alone = ALONE.test(line) && !GOES_ON.test(before);
      if (line.trim() !== "") before = line;
      return alone
        ? blank(line)
        : line.replace(BEFORE_KEYWORD, blank).replace(IN_HEAD, (_, head, macro) => head + blank(macro));
    })
    .join("\n");
}

function blank(text: string): string {
  return " ".repeat(text.length);
}

/** By convention macros are in capitals; the underscore tells them from constants and type parameters. */
const MACRO = /\b[A-Z][A-Z\d]*_[A-Z\d_]+\b/;
const ALONE = /^_*[A-Z][A-Z\d]*_[A-Z\d_]+\s*$/;
/** What ends like this is not over: the line after it is an operand, not a statement. */
const GOES_ON = /[-,=+*/|&<>(?:]\s*$/;
const BEFORE_KEYWORD =
  /\b[A-Z][A-Z\d]*_[A-Z\d_]+(?=\s+(?:template|class|struct|union|enum|namespace|using|inline|static|constexpr|explicit|virtual|friend|auto|void|bool)\b)/g;
const IN_HEAD = /\b((?:class|struct)\s+)([A-Z][A-Z\d]*_[A-Z\d_]+)(?=\s+[A-Za-z_])/g;
