// Source cut as Roo Code's indexer cuts it (its code-index/processors/parser.ts): each definition that the grammar finds is
// a chunk where it has 50 to 1,150 characters; a larger one is replaced by its child nodes, down to single statements and
// expressions; smaller ones are dropped. So lengths are very mixed, and most chunks are short.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Language, Parser } from "web-tree-sitter";

const [LEAST, MOST] = [50, 1_150];
const DEFINITIONS = [
  "function_declaration",
  "method_definition",
  "class_declaration",
  "abstract_class_declaration",
  "interface_declaration",
  "type_alias_declaration",
  "enum_declaration",
  "lexical_declaration",
  "module",
];

/** The first `most` chunks of the TypeScript files of a folder, in the order of the files. */
export async function rooChunks(folder, most) {
  await Parser.init();
  const grammar = "@cursorless/tree-sitter-wasms/out/tree-sitter-typescript.wasm";
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(createRequire(import.meta.url).resolve(grammar))));
  const chunks = [];
  for (const name of readdirSync(folder, { recursive: true }).toSorted()) {
    if (!name.endsWith(".ts")) continue;
    const tree = parser.parse(readFileSync(path.join(folder, name), "utf8"));
    chunks.push(...cut(tree.rootNode.descendantsOfType(DEFINITIONS)));
    tree.delete();
    if (chunks.length >= most) break;
  }
  // A text that was seen is not computed again: further rounds are told apart.
  for (let at = 0; chunks.length < most; at += 1) chunks.push(`${chunks[at]} // ${chunks.length}`);
  return chunks.slice(0, most);
}

function cut(nodes) {
  const queue = [...nodes];
  const seen = new Set();
  for (const node of queue) {
    if (node.text.length > MOST) queue.push(...node.children);
    else if (node.text.length >= LEAST) seen.add(node.text);
  }
  return [...seen];
}
