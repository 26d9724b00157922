/**
 * The one name that all spellings of a file's name share which some file system takes for the same: case, Unicode form,
 * ignorable characters, trailing dots and spaces, alternate streams, and the 8.3 short name of `.git`.
 */
export function foldName(segment: string): string {
  if (PLAIN.test(segment)) return segment;
  const folded = segment
    .normalize("NFKC")
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu, "")
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKC");
  return /^git~\d+$/.test(folded) ? ".git" : folded;
}

/** Names that folding leaves as they are; nearly all are such. */
const PLAIN = /^[a-z0-9_.-]*[a-z0-9_-]$/;
