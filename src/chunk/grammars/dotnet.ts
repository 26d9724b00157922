import type { Node } from "web-tree-sitter";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

function constants(node: Node): Named[] {
  const modifiers = node.namedChildren.filter((child) => child.type === "modifier").map((child) => child.text);
  if (!modifiers.includes("const") && !modifiers.includes("static")) return [];
  const declaration = childOfType(node, "variable_declaration");
  return (declaration?.namedChildren ?? [])
    .filter((child) => child.type === "variable_declarator")
    .flatMap((child) => fieldText(child, "name") ?? [])
    .map((name) => ({ name }));
}

export const csharp: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-c-sharp.wasm",
  defines: {
    namespace_declaration: { kind: "module" },
    class_declaration: { kind: "class" },
    struct_declaration: { kind: "class" },
    record_declaration: { kind: "class" },
    record_struct_declaration: { kind: "class" },
    interface_declaration: { kind: "interface" },
    enum_declaration: { kind: "enum" },
    delegate_declaration: { kind: "type" },
    method_declaration: { kind: "method" },
    local_function_statement: { kind: "function" },
    constructor_declaration: { kind: "method" },
    destructor_declaration: { kind: "method", name: (node) => `~${fieldText(node, "name") ?? ""}` },
    operator_declaration: { kind: "method", name: (node) => `operator ${fieldText(node, "operator") ?? ""}`.trim() },
    indexer_declaration: { kind: "method", name: () => "this[]" },
    property_declaration: { kind: "method" },
    event_declaration: { kind: "variable" },
    field_declaration: { kind: "variable", name: constants },
  },
  bodies: ["declaration_list", "preproc_if", "preproc_region", "global_statement"],
  leads: ["comment", "attribute_list"],
};
