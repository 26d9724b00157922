import type { Node } from "web-tree-sitter";
import type { ChunkKind } from "../chunk.ts";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

const ELIXIR_KINDS: ReadonlyMap<string, ChunkKind> = new Map<string, ChunkKind>([
  ["defmodule", "module"],
  ["defprotocol", "interface"],
  ["defimpl", "class"],
  ["def", "function"],
  ["defp", "function"],
  ["defmacro", "function"],
  ["defmacrop", "function"],
  ["defguard", "function"],
  ["defguardp", "function"],
  ["defdelegate", "function"],
]);

/** In Elixir definitions are calls: `def open(path) when … do`, `defmodule A.Store do`. */
function elixirCall(node: Node): Named | null {
  const kind = ELIXIR_KINDS.get(fieldText(node, "target") ?? "");
  if (kind === undefined) return null;
  const head = childOfType(node, "arguments")?.text ?? "";
  const name = (kind === "function" ? /^\(?\s*(?:unquote\()?([\w?!]+)/ : /^\(?\s*([\w.]+)/).exec(head)?.[1];
  return name === undefined ? null : { name, kind };
}

/** Attributes that say something about what follows, unlike those that hold a constant. */
const ELIXIR_NOTE = /^@(?:doc|spec|impl|typedoc|moduledoc|deprecated|dialyzer)\b/;

export const elixir: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-elixir.wasm",
  defines: {
    call: { kind: "function", name: elixirCall },
    unary_operator: {
      kind: "variable",
      name: (node) => (ELIXIR_NOTE.test(node.text) ? null : /^@(\w+)\s/.exec(node.text)?.[1]),
    },
  },
  bodies: ["do_block"],
  leads: ["comment"],
  isLead: (node) => node.type === "unary_operator" && ELIXIR_NOTE.test(node.text),
};

function haskellName(node: Node): string | undefined {
  return fieldText(node, "name") ?? /^\S+\s+(\S+)/.exec(childOfType(node, "infix")?.text ?? "")?.[1];
}

export const haskell: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-haskell.wasm",
  defines: {
    data_type: { kind: "type" },
    newtype: { kind: "type" },
    type_synomym: { kind: "type" },
    type_family: { kind: "type" },
    class: { kind: "interface" },
    instance: {
      kind: "class",
      named: false,
      name: (node) => `${fieldText(node, "name") ?? ""} ${fieldText(node, "patterns") ?? ""}`.trim(),
    },
    function: { kind: "function", name: haskellName },
    bind: { kind: "function" },
  },
  bodies: ["class_declarations", "instance_declarations"],
  flat: ["imports", "declarations"],
  leads: ["comment", "haddock", "pragma", "signature"],
};

const LISP_KINDS: readonly (readonly [RegExp, ChunkKind])[] = [
  [/^(?:[\w.]+\/)?def(?:n-?|un|macro|multi|method|subst)$/, "function"],
  [/^def(?:protocol|interface)$/, "interface"],
  [/^def(?:record|type|struct|class)$/, "class"],
  [/^(?:ns|in-ns)$/, "module"],
  [/^def\w*$/, "variable"],
];

function lispForm(node: Node): Named | null {
  const [head, name] = node.namedChildren;
  if (head === undefined || name?.type !== "sym_lit") return null;
  const kind = LISP_KINDS.find(([pattern]) => pattern.test(head.text))?.[1];
  const text = name.text.replace(/^\^\S+\s+/, "");
  // A namespace is a header here: it encloses nothing that a tree could tell.
  return kind === undefined || kind === "module" ? null : { name: text, kind };
}

export const clojure: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-clojure.wasm",
  defines: { list_lit: { kind: "function", name: lispForm } },
  leads: ["comment"],
};

export const elm: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-elm.wasm",
  defines: {
    type_declaration: { kind: "type" },
    type_alias_declaration: { kind: "type" },
    value_declaration: {
      kind: "function",
      name: (node) => node.childForFieldName("functionDeclarationLeft")?.namedChildren[0]?.text,
    },
  },
  leads: ["line_comment", "block_comment", "type_annotation"],
};

export const gleam: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-gleam.wasm",
  defines: {
    function: { kind: "function" },
    constant: { kind: "variable" },
    type_definition: { kind: "type", name: (node) => /^\w+/.exec(childOfType(node, "type_name")?.text ?? "")?.[0] },
    type_alias: { kind: "type", name: (node) => /^\w+/.exec(childOfType(node, "type_name")?.text ?? "")?.[0] },
  },
  leads: ["comment", "statement_comment", "module_comment", "attribute"],
};

export const nix: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-nix.wasm",
  defines: { binding: { kind: "variable", name: (node) => fieldText(node, "attrpath") } },
  bodies: ["function_expression", "let_expression", "binding_set", "attrset_expression", "rec_attrset_expression"],
  leads: ["comment"],
};

export const gdscript: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-gdscript.wasm",
  defines: {
    function_definition: { kind: "function" },
    class_definition: { kind: "class" },
    class_name_statement: { kind: "class", name: (node) => childOfType(node, "name")?.text },
    const_statement: { kind: "variable" },
    variable_statement: { kind: "variable" },
    enum_definition: { kind: "enum" },
  },
  bodies: ["body"],
  leads: ["comment", "annotation", "annotations"],
};
