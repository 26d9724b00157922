import type { Grammar } from "./grammar.ts";
import { javascript, tsx, typescript } from "./grammars/ecmascript.ts";
import { go } from "./grammars/go.ts";
import { python } from "./grammars/python.ts";

const GRAMMARS: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  ["javascript", javascript],
  ["typescript", typescript],
  ["tsx", tsx],
  ["python", python],
  ["go", go],
]);

/** The grammar of a language, or undefined where it is split without one. */
export function findGrammar(language: string): Grammar | undefined {
  return GRAMMARS.get(language);
}

/** Languages that are parsed. */
export function parsedLanguages(): string[] {
  return [...GRAMMARS.keys()];
}
