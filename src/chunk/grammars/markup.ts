import type { Node } from "web-tree-sitter";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

/** An element is known by its id. */
function elementId(node: Node): string | null {
  const tag = childOfType(node, "start_tag", "self_closing_tag", "STag", "EmptyElemTag");
  return /\s(?:id|name)\s*=\s*(["'])([\w:.-]+)\1/.exec(tag?.text ?? "")?.[2] ?? null;
}

export const html: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-html.wasm",
  defines: { element: { kind: "element", name: elementId } },
  bodies: ["element"],
  leads: ["comment"],
};

export const xml: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-xml.wasm",
  defines: { element: { kind: "element", name: elementId } },
  bodies: ["content"],
  leads: ["Comment"],
};

export const css: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-css.wasm",
  defines: {
    keyframes_statement: { kind: "block", name: (node) => childOfType(node, "keyframes_name")?.text },
  },
  leads: ["comment"],
};

export const scss: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-scss.wasm",
  defines: {
    mixin_statement: { kind: "function", name: (node) => childOfType(node, "name", "identifier")?.text },
    function_statement: { kind: "function", name: (node) => childOfType(node, "name", "identifier")?.text },
  },
  leads: ["comment", "js_comment"],
};

/** A key that holds more keys gives its part of the file a name, though it defines nothing. */
function keyOfBranch(node: Node): string | null {
  const value = node.childForFieldName("value");
  if (value === null || value.startPosition.row === value.endPosition.row) return null;
  return fieldText(node, "key")?.replace(/^(["'])(.*)\1$/s, "$2") ?? null;
}

export const json: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-json.wasm",
  defines: { pair: { kind: "section", name: keyOfBranch, named: false } },
  bodies: ["object", "array"],
  leads: ["comment"],
};

export const yaml: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-yaml.wasm",
  defines: { block_mapping_pair: { kind: "section", name: keyOfBranch, named: false } },
  bodies: ["block_node", "block_mapping", "block_sequence", "document"],
  flat: ["document"],
  leads: ["comment"],
};

/** `resource "aws_x" "name" { … }` is `resource.aws_x.name`. */
function hclBlock(node: Node): Named | null {
  const labels = node.namedChildren.filter((child) => child.type === "identifier" || child.type === "string_lit");
  const parts = labels.map((label) => label.text.replaceAll('"', ""));
  const name = parts.at(-1);
  return name === undefined ? null : { name, path: parts.join(".") };
}

export const hcl: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-hcl.wasm",
  defines: { block: { kind: "section", name: hclBlock } },
  flat: ["body"],
  leads: ["comment"],
};
