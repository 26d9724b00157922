import type { Node } from "web-tree-sitter";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

/** `impl<T> Display for Store<T>` reopens `Store`. */
function implementedType(node: Node): Named | null {
  const type = node.childForFieldName("type");
  const name = type === null ? undefined : (fieldText(type, "type") ?? type.text);
  return name === undefined ? null : { name: name.replace(/^[&*\s]*(?:mut |dyn )?/, "") };
}

export const rust: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-rust.wasm",
  defines: {
    function_item: { kind: "function" },
    function_signature_item: { kind: "function" },
    struct_item: { kind: "class" },
    union_item: { kind: "class" },
    enum_item: { kind: "enum" },
    trait_item: { kind: "interface" },
    impl_item: { kind: "class", name: implementedType, named: false },
    mod_item: {
      kind: "module",
      name: (node) => (node.childForFieldName("body") === null ? null : fieldText(node, "name")),
    },
    const_item: { kind: "variable" },
    static_item: { kind: "variable" },
    type_item: { kind: "type" },
    associated_type: { kind: "type" },
    macro_definition: { kind: "function" },
  },
  bodies: ["declaration_list", "foreign_mod_item"],
  leads: ["line_comment", "block_comment", "attribute_item", "inner_attribute_item"],
};

const ZIG_CONTAINERS = new Map([
  ["struct_declaration", "class"],
  ["union_declaration", "class"],
  ["opaque_declaration", "class"],
  ["enum_declaration", "enum"],
  ["error_set_declaration", "enum"],
] as const);

/** `const Store = struct { … }` is how Zig declares types. */
function zigVariable(node: Node): Named | null {
  const name = childOfType(node, "identifier")?.text;
  if (name === undefined) return null;
  for (const [type, kind] of ZIG_CONTAINERS) if (childOfType(node, type)) return { name, kind };
  return { name, kind: "variable" };
}

export const zig: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-zig.wasm",
  defines: {
    function_declaration: { kind: "function" },
    variable_declaration: { kind: "variable", name: zigVariable },
    test_declaration: {
      kind: "function",
      name: (node) => childOfType(node, "string", "identifier")?.text.replaceAll('"', ""),
    },
  },
  bodies: [...ZIG_CONTAINERS.keys()],
  leads: ["comment"],
};
