const MASK = "•••";

/**
 * Arguments as the audit log keeps them: secrets masked by the name they stand under and by their shape, long texts cut
 * to their length and digest-free beginning. The result is JSON.
 */
export function summarise(value: unknown, maxText = 200): unknown {
  return summariseAt(value, maxText, 0);
}

function summariseAt(value: unknown, maxText: number, depth: number): unknown {
  if (depth > 8) return "…";
  if (typeof value === "string") return cut(value, maxText);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 50).map((item, index) => {
      const previous: unknown = value[index - 1];
      // `--token VALUE`: the secret follows its name.
      if (
        typeof item === "string" &&
        typeof previous === "string" &&
        /^--?/.test(previous) &&
        SECRET_NAME.test(previous)
      )
        return MASK;
      return summariseAt(item, maxText, depth + 1);
    });
    return value.length > 50 ? [...shown, `… ${value.length - 50} more`] : shown;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        SECRET_NAME.test(key) && member !== null && typeof member !== "boolean"
          ? MASK
          : summariseAt(member, maxText, depth + 1),
      ]),
    );
  }
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Masks what looks like a secret inside free text: known token shapes, `name=value` and `name: value`, URL passwords. */
export function maskText(text: string): string {
  return TEXT_RULES.reduce((masked, [pattern, replacement]) => masked.replaceAll(pattern, replacement), text);
}

/** Masked and cut; only so much is looked at as a secret that begins within the cut may need to be recognised. */
function cut(text: string, max: number): string {
  const masked = maskText(text.slice(0, max + LOOKAHEAD));
  if (text.length <= max) return masked;
  return `${masked.slice(0, max)}… (${text.length} characters)`;
}

const LOOKAHEAD = 2_000;

const SECRET_NAME =
  /pass(word|wd|phrase)?($|[^a-z])|secret|token(?!s\b|_?count|izer)|api[-_]?key|private[-_]?key|access[-_]?key|credential|authorization|bearer|cookie/i;

const TEXT_RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16,}/g, MASK],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}/g, MASK],
  [
    /\bxox[abprs]-[A-Za-z0-9-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,}|\bhf_[A-Za-z0-9]{20,}/g,
    MASK,
  ],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, MASK],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+(@)/gi, `$1${MASK}$2`],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9+/_.=-]{8,}/gi, `$1${MASK}`],
  [
    /((?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s"',;&]+)/gi,
    `$1${MASK}`,
  ],
];
