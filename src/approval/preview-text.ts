import type { Preview } from "./preview.ts";

/** Long enough for most changes, short enough for a dialog. */
export const EXCERPT_CHARACTERS = 4_000;

/** Share of the body's length that a fact may have: most are a line; a commit's message, paths and hooks may be more. */
const FACT_SHARE = 0.5;

/**
 * The preview as plain text, its body cut at a line's end to `maxCharacters`, and long facts to half of that. A cut one ends with `pointer`, which says
 * where the full text is.
 */
export function previewText(preview: Preview, pointer: string, maxCharacters = EXCERPT_CHARACTERS): string {
  const facts = preview.facts.map(
    ({ label, value }) => `${label}: ${excerpt(value, pointer, maxCharacters * FACT_SHARE).replaceAll("\n", "\n  ")}`,
  );
  const warnings = preview.warnings.map((warning) => `⚠ ${warning}`);
  return [preview.title, ...warnings, ...facts, "", excerpt(preview.body, pointer, maxCharacters)].join("\n");
}

/** The beginning of a text, cut at a line's end where one is near; what was left out is counted. */
export function excerpt(text: string, pointer: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text.trimEnd();
  const lineEnd = text.lastIndexOf("\n", maxCharacters);
  const end = lineEnd > maxCharacters / 2 ? lineEnd : maxCharacters;
  // Never half a surrogate pair.
  const shown = text.slice(0, end).replace(/[\ud800-\udbff]$/, "");
  const left = text.length - shown.length;
  return `${shown}\n… ${left.toLocaleString("en-US")} more characters NOT SHOWN here. ${pointer}`;
}
