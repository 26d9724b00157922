import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type * as WebTreeSitter from "web-tree-sitter";
import type { Language, Parser } from "web-tree-sitter";
import { findGrammar } from "./grammars.ts";
import type { Grammar } from "./grammar.ts";
import { outlineTree, type Role } from "./outline-tree.ts";
import type { Outline } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";

/** One instance of the parser's runtime with the grammars it has loaded; its memory goes when it does. */
export interface Syntax {
  /** The outline of a text, or null where there is no grammar or the parse came to nothing. */
  outline(lines: SourceLines, language: string, maxTokens: number): Promise<Outline | null>;
}

interface Loaded {
  readonly language: Language;
  readonly roleOf: (typeId: number) => Role | undefined;
  readonly prepare: (text: string) => string;
}

/** Loads the runtime when first used, and each grammar when first needed. */
export function createSyntax(): Syntax {
  const require = createRequire(import.meta.url);
  const grammars = new Map<string, Promise<Loaded | null>>();
  let runtime: Promise<{ binding: typeof WebTreeSitter; parser: Parser }> | undefined;

  return {
    async outline(lines, language, maxTokens) {
      const grammar = findGrammar(language);
      if (grammar === undefined) return null;
      runtime ??= start();
      let loading = grammars.get(language);
      if (loading === undefined) {
        loading = load(grammar);
        grammars.set(language, loading);
      }
      const [{ parser }, loaded] = await Promise.all([runtime, loading]);
      if (loaded === null) return null;
      try {
        const outline = parse(parser, loaded, lines, maxTokens);
        if (lines.text.length > RENEW_LENGTH) renew();
        return outline;
      } catch (error) {
        if (!isTrap(error)) throw error;
        renew();
        return null;
      }
    },
  };

  /** The next file gets a new instance: a trap leaves this one in an unknown state, a large file leaves it large. */
  function renew(): void {
    runtime = undefined;
    grammars.clear();
  }

  async function start() {
    // The binding keeps its instance in module state, so another instance means another copy of the module.
    const file = require.resolve("web-tree-sitter");
    delete require.cache[file];
    const binding: typeof WebTreeSitter = require(file);
    delete require.cache[file];
    await binding.Parser.init();
    return { binding, parser: new binding.Parser() };
  }

  async function load(grammar: Grammar): Promise<Loaded | null> {
    const { binding } = await (runtime ??= start());
    const language = await binding.Language.load(await readFile(require.resolve(grammar.wasm)));
    return { language, roleOf: rolesOf(grammar, language), prepare: grammar.prepare ?? ((text) => text) };
  }
}

/** WASM memory only grows; a parse of this many characters makes it grow by some tens of megabytes. */
const RENEW_LENGTH = 500_000;

/** A WASM trap, or a stack or memory that ran out. */
function isTrap(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === "RuntimeError");
}

function parse(parser: Parser, loaded: Loaded, lines: SourceLines, maxTokens: number): Outline | null {
  const { language, roleOf, prepare } = loaded;
  parser.setLanguage(language);
  let calls = 0;
  const allowed = MIN_STEPS + lines.text.length * STEPS_PER_UNIT;
  const tree = parser.parse(prepare(lines.text), null, {
    // Counted rather than timed, so that the same text gives the same chunks on a busy machine.
    progressCallback: () => (calls += 1) > allowed,
  });
  if (tree === null) {
    parser.reset();
    return null;
  }
  try {
    const root = tree.rootNode;
    return root.type === "ERROR" && root.namedChildCount === 0 ? null : outlineTree(root, roleOf, lines, maxTokens);
  } finally {
    tree.delete();
  }
}

/** The runtime asks once in 100 steps of the parser whether to go on. */
const MIN_STEPS = 20_000;
/** Three times the most seen in a sound file (50 in 1,000 characters), ten times the usual. */
const STEPS_PER_UNIT = 0.15;

function rolesOf(grammar: Grammar, language: Language): (typeId: number) => Role | undefined {
  const roles: (Role | undefined)[] = [];
  const { defines, wrappers, bodies, flat, leads, tails, isLead } = grammar;
  for (let id = 0; id < language.nodeTypeCount; id += 1) {
    const type = language.nodeTypeForId(id);
    if (type === null || !language.nodeTypeIsNamed(id)) continue;
    const rule = Object.hasOwn(defines, type) ? defines[type] : undefined;
    const role: Role = {
      ...(rule === undefined ? {} : { rule }),
      ...(wrappers?.includes(type) ? { wrapper: true } : {}),
      ...(bodies?.includes(type) ? { body: true } : {}),
      ...(flat?.includes(type) ? { flat: true } : {}),
      ...(leads?.includes(type) ? { lead: true } : {}),
      ...(tails?.includes(type) ? { tail: true } : {}),
      ...(isLead === undefined ? {} : { isLead }),
    };
    if (Object.keys(role).length > 0) roles[id] = role;
  }
  return (typeId) => (typeId === ERROR_TYPE ? ERROR_ROLE : roles[typeId]);
}

/** What the parser could not read may still hold definitions that it could. */
const ERROR_TYPE = 65535;
const ERROR_ROLE: Role = { body: true };
