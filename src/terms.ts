/**
 * Splits text into the terms that full text is indexed and queried by: each identifier whole and lower-cased, followed
 * by its parts where it has several (`parseHTTPResponse` -> `parsehttpresponse parse http response`).
 */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [identifier] of text.matchAll(IDENTIFIER)) {
    const whole = identifier.toLowerCase();
    const parts = partsOf(identifier);
    if (parts.length > 1) terms.push(whole.replaceAll("_", ""), ...parts);
    else terms.push(parts[0] ?? whole);
  }
  return terms;
}

/** The parts of one identifier, split at case changes, digits' borders with upper case, and underscores; lower-cased. */
export function partsOf(identifier: string): string[] {
  return Array.from(identifier.matchAll(PART), ([part]) => part.toLowerCase());
}

const IDENTIFIER = /[\p{L}\p{N}_]+/gu;
const PART = /\p{Lu}+(?![\p{Ll}])\p{N}*|\p{Lu}?[\p{Ll}\p{Lm}\p{Lo}]+\p{N}*|\p{N}+|\p{Lu}/gu;
