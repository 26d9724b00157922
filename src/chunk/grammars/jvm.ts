import type { Node } from "web-tree-sitter";
import type { ChunkKind } from "../chunk.ts";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

function constants(node: Node): Named[] {
  if (!/\bstatic\b/.test(childOfType(node, "modifiers")?.text ?? "")) return [];
  return node
    .childrenForFieldName("declarator")
    .flatMap((child) => fieldText(child, "name") ?? [])
    .map((name) => ({ name }));
}

export const java: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-java.wasm",
  defines: {
    class_declaration: { kind: "class" },
    record_declaration: { kind: "class" },
    interface_declaration: { kind: "interface" },
    annotation_type_declaration: { kind: "interface" },
    enum_declaration: { kind: "enum" },
    method_declaration: { kind: "method" },
    constructor_declaration: { kind: "method" },
    compact_constructor_declaration: { kind: "method" },
    annotation_type_element_declaration: { kind: "method" },
    field_declaration: { kind: "variable", name: constants },
    constant_declaration: {
      kind: "variable",
      name: (node) =>
        node
          .childrenForFieldName("declarator")
          .flatMap((child) => fieldText(child, "name") ?? [])
          .map((name) => ({ name })),
    },
  },
  bodies: ["class_body", "interface_body", "enum_body", "enum_body_declarations", "annotation_type_body"],
  leads: ["line_comment", "block_comment"],
};

function kotlinType(node: Node): Named | null {
  const name = childOfType(node, "type_identifier")?.text;
  const keyword = node.children.find((child) => KOTLIN_KINDS.has(child.type))?.type;
  return name === undefined ? null : { name, kind: KOTLIN_KINDS.get(keyword ?? "class") ?? "class" };
}

const KOTLIN_KINDS: ReadonlyMap<string, ChunkKind> = new Map<string, ChunkKind>([
  ["class", "class"],
  ["interface", "interface"],
  ["enum", "enum"],
]);

function kotlinProperty(node: Node): string | undefined {
  const declaration = childOfType(node, "variable_declaration");
  return declaration === undefined ? undefined : childOfType(declaration, "simple_identifier")?.text;
}

export const kotlin: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-kotlin.wasm",
  defines: {
    class_declaration: { kind: "class", name: kotlinType },
    object_declaration: { kind: "class", name: (node) => childOfType(node, "type_identifier")?.text },
    function_declaration: { kind: "function", name: (node) => childOfType(node, "simple_identifier")?.text },
    property_declaration: { kind: "variable", name: kotlinProperty },
    secondary_constructor: { kind: "method", name: () => "constructor" },
    type_alias: { kind: "type", name: (node) => childOfType(node, "type_identifier")?.text },
  },
  bodies: ["class_body", "enum_class_body", "companion_object"],
  flat: ["import_list", "import_header"],
  leads: ["line_comment", "multiline_comment"],
};

export const scala: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-scala.wasm",
  defines: {
    class_definition: { kind: "class" },
    object_definition: { kind: "class" },
    package_object: { kind: "module" },
    trait_definition: { kind: "interface" },
    enum_definition: { kind: "enum" },
    function_definition: { kind: "function" },
    function_declaration: { kind: "function" },
    val_definition: { kind: "variable", name: "pattern" },
    var_definition: { kind: "variable", name: "pattern" },
    given_definition: { kind: "variable" },
    type_definition: { kind: "type" },
  },
  bodies: ["template_body", "enum_body", "extension_definition", "package_clause"],
  leads: ["comment", "block_comment", "annotation"],
};
