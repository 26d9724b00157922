import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Node, Parser } from "web-tree-sitter";
import { findGrammar } from "./grammars.ts";

/** A place where a text does not parse. */
export interface SyntaxFault {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** Finds the first faults of a text; none for a language whose grammar cannot be relied on. */
export type FaultFinder = (text: string, language: string) => Promise<readonly SyntaxFault[]>;

/** Languages whose grammars know the whole language; the others', such as C's with its macros, cry wolf. */
const RELIABLE = new Set(["javascript", "typescript", "tsx", "python", "go", "rust", "java", "json", "css"]);

const MAX_FAULTS = 5;
const MAX_LENGTH = 1_500_000;

/** A finder that loads the parser's runtime and each grammar when first needed. */
export function createFaultFinder(): FaultFinder {
  const require = createRequire(import.meta.url);
  const parsers = new Map<string, Promise<Parser | null>>();
  return async (text, language) => {
    if (!RELIABLE.has(language) || text.length > MAX_LENGTH) return [];
    let loading = parsers.get(language);
    if (loading === undefined) {
      loading = load(language);
      parsers.set(language, loading);
    }
    const tree = (await loading)?.parse(text) ?? null;
    if (tree === null) return [];
    try {
      return faultsIn(tree.rootNode);
    } finally {
      tree.delete();
    }
  };

  async function load(language: string): Promise<Parser | null> {
    const grammar = findGrammar(language);
    if (grammar === undefined) return null;
    const binding = await import("web-tree-sitter");
    await binding.Parser.init();
    const parser = new binding.Parser();
    return parser.setLanguage(await binding.Language.load(await readFile(require.resolve(grammar.wasm))));
  }
}

/** The innermost faulty nodes, in the order of the text. */
function faultsIn(root: Node): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  const pending: Node[] = [root];
  while (pending.length > 0 && faults.length < MAX_FAULTS) {
    const node = pending.pop();
    if (node === undefined || !(node.hasError || node.isMissing)) continue;
    const line = node.startPosition.row + 1;
    if (node.isMissing) faults.push({ line, message: `${JSON.stringify(node.type)} is missing` });
    else if (node.isError) faults.push({ line, message: `unexpected ${excerpt(node.text)}` });
    else pending.push(...node.children.toReversed());
  }
  return faults;
}

function excerpt(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line === "" ? "end" : JSON.stringify(line.slice(0, 40));
}
