import type { Node } from "web-tree-sitter";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

/** `func (s *Store[K]) Open()` is `Store.Open`. */
function methodName(node: Node): Named | null {
  const name = fieldText(node, "name");
  if (name === undefined) return null;
  const receiver = node.childForFieldName("receiver")?.text ?? "";
  const owner = /([\p{L}_][\p{L}\p{N}_]*)\s*(?:\[[^\]]*\])?\s*,?\s*\)$/u.exec(receiver)?.[1];
  return owner === undefined ? { name } : { name, path: `${owner}.${name}` };
}

function specNames(node: Node): Named[] {
  return node
    .childrenForFieldName("name")
    .flatMap((child) => (child?.type === "identifier" ? [{ name: child.text }] : []));
}

function typeName(node: Node): Named | null {
  const name = fieldText(node, "name");
  if (name === undefined) return null;
  return {
    name,
    kind: childOfType(node, "interface_type") ? "interface" : childOfType(node, "struct_type") ? "class" : "type",
  };
}

export const go: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-go.wasm",
  defines: {
    function_declaration: { kind: "function" },
    method_declaration: { kind: "method", name: methodName },
    type_spec: { kind: "type", name: typeName },
    type_alias: { kind: "type" },
    const_spec: { kind: "variable", name: specNames },
    var_spec: { kind: "variable", name: specNames },
    method_elem: { kind: "method" },
  },
  wrappers: ["type_declaration"],
  bodies: ["const_declaration", "var_declaration", "var_spec_list", "interface_type"],
  leads: ["comment"],
};
