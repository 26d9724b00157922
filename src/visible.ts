/**
 * Text as a person may be shown it: whatever could move a cursor, reorder, hide or fake characters is written out as
 * `⟨U+202E⟩`. Tab and newline stay; see `visibleLine` for text that must keep to one line.
 */
export function visible(text: string): string {
  return text.replaceAll(DECEPTIVE, (character) =>
    character === "\n" || character === "\t" ? character : name(character),
  );
}

/** Like `visible`, with newline and tab written out too. */
export function visibleLine(text: string): string {
  return text.replaceAll(DECEPTIVE, name);
}

/** Whether `visible` would write anything out: a reason for a warning beside the preview. */
export function hasDeceptive(text: string): boolean {
  return visible(text) !== text;
}

function name(character: string): string {
  if (character === "\n") return "⟨LF⟩";
  if (character === "\r") return "⟨CR⟩";
  if (character === "\t") return "⟨TAB⟩";
  if (character === "\u001b") return "⟨ESC⟩";
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/**
 * Controls, format characters (bidirectional marks, zero widths, tags), private use, lone surrogates, separators, all
 * spaces but the plain one, and letters that render as nothing; not the selector that makes a symbol an emoji.
 */
const DECEPTIVE =
  /(?! |\ufe0f)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800\ufff0-\uffff]/gu;
