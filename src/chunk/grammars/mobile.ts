import type { Node } from "web-tree-sitter";
import type { ChunkKind } from "../chunk.ts";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

const SWIFT_KINDS: ReadonlyMap<string, ChunkKind> = new Map<string, ChunkKind>([
  ["class", "class"],
  ["struct", "class"],
  ["actor", "class"],
  ["extension", "class"],
  ["enum", "enum"],
]);

function swiftType(node: Node): Named | null {
  const name = node.childForFieldName("name")?.text.replace(/<.*$/s, "");
  const keyword = fieldText(node, "declaration_kind") ?? "class";
  return name === undefined ? null : { name, kind: SWIFT_KINDS.get(keyword) ?? "class" };
}

function swiftProperty(node: Node): string | undefined {
  return /^(?:(?:var|let)\s+)?(\w+)/.exec(fieldText(node, "name") ?? "")?.[1];
}

export const swift: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-swift.wasm",
  defines: {
    class_declaration: { kind: "class", name: swiftType },
    protocol_declaration: { kind: "interface" },
    function_declaration: { kind: "function" },
    protocol_function_declaration: { kind: "function" },
    init_declaration: { kind: "method", name: () => "init" },
    deinit_declaration: { kind: "method", name: () => "deinit" },
    subscript_declaration: { kind: "method", name: () => "subscript" },
    property_declaration: { kind: "variable", name: swiftProperty },
    protocol_property_declaration: { kind: "variable", name: swiftProperty },
    typealias_declaration: { kind: "type" },
  },
  bodies: ["class_body", "enum_class_body", "protocol_body"],
  leads: ["comment", "multiline_comment"],
};

/** The innermost signature holds the name: `method_signature` > `function_signature`. */
function dartSignature(node: Node): string | undefined {
  let at = node;
  while (at.type !== "function_signature" && at.childForFieldName("name") === null) {
    const inner: Node | undefined = at.namedChildren.find((child) => child.type.endsWith("_signature"));
    if (inner === undefined) break;
    at = inner;
  }
  if (at.type === "operator_signature") return /operator\s*([^\s(]+)/.exec(at.text)?.[0];
  if (at.type.includes("constructor")) return /^(?:const\s+|factory\s+)*([\w.]+)/.exec(at.text)?.[1]?.split(".").at(-1);
  return fieldText(at, "name");
}

function dartConstants(node: Node): Named[] {
  const list = node.type === "declaration" ? childOfType(node, "static_final_declaration_list") : node;
  if (list === undefined) {
    const name = dartSignature(node);
    return name === undefined || !node.namedChildren.some((child) => child.type.endsWith("_signature"))
      ? []
      : [{ name, kind: "method" }];
  }
  return list.namedChildren.flatMap((child) => childOfType(child, "identifier")?.text ?? []).map((name) => ({ name }));
}

export const dart: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-dart.wasm",
  defines: {
    class_definition: { kind: "class" },
    mixin_declaration: { kind: "class", name: (node) => childOfType(node, "identifier")?.text },
    extension_declaration: { kind: "class" },
    enum_declaration: { kind: "enum" },
    type_alias: { kind: "type", name: (node) => childOfType(node, "type_identifier")?.text },
    function_signature: { kind: "function" },
    getter_signature: { kind: "function" },
    setter_signature: { kind: "function" },
    method_signature: { kind: "method", name: dartSignature },
    declaration: { kind: "variable", name: dartConstants, closed: true },
    static_final_declaration_list: { kind: "variable", name: dartConstants },
  },
  bodies: ["class_body", "extension_body", "enum_body"],
  tails: ["function_body"],
  leads: ["comment", "documentation_comment", "annotation"],
};
