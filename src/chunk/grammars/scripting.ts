import type { Node } from "web-tree-sitter";
import { childOfType, fieldText, type Grammar, type Named } from "../grammar.ts";

export const ruby: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-ruby.wasm",
  defines: {
    module: { kind: "module", name: (node) => fieldText(node, "name")?.replaceAll("::", ".") },
    class: { kind: "class", name: (node) => fieldText(node, "name")?.replaceAll("::", ".") },
    method: { kind: "function" },
    singleton_method: { kind: "function" },
    assignment: {
      kind: "variable",
      name: (node) => {
        const left = node.childForFieldName("left");
        return left?.type === "constant" ? left.text : null;
      },
    },
  },
  bodies: ["body_statement", "singleton_class"],
  leads: ["comment"],
};

function phpConstants(node: Node): Named[] {
  return node.namedChildren
    .filter((child) => child.type === "const_element")
    .flatMap((child) => childOfType(child, "name")?.text ?? [])
    .map((name) => ({ name }));
}

/** `define('LIMIT', 1);` */
function phpDefine(node: Node): string | undefined {
  const call = childOfType(node, "function_call_expression");
  if (call === undefined || fieldText(call, "function") !== "define") return undefined;
  return /^\(\s*(['"])([\w\\]+)\1/.exec(fieldText(call, "arguments") ?? "")?.[2];
}

export const php: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-php.wasm",
  defines: {
    class_declaration: { kind: "class" },
    interface_declaration: { kind: "interface" },
    trait_declaration: { kind: "class" },
    enum_declaration: { kind: "enum" },
    function_definition: { kind: "function" },
    method_declaration: { kind: "method" },
    const_declaration: { kind: "variable", name: phpConstants },
    expression_statement: { kind: "variable", name: phpDefine },
  },
  bodies: ["declaration_list", "enum_declaration_list", "namespace_definition", "compound_statement", "if_statement"],
  leads: ["comment", "attribute_list"],
};

function perlVariable(node: Node): string | undefined {
  const variable = node.childForFieldName("variable");
  if (variable?.type !== "variable_declaration") return undefined;
  return /^our\s+[$@%](\w+)/.exec(variable.text)?.[1];
}

export const perl: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-perl.wasm",
  defines: {
    function_definition: { kind: "function" },
    use_constant_statement: { kind: "variable", name: "constant" },
    binary_expression: { kind: "variable", name: perlVariable },
    package_statement: {
      kind: "module",
      name: (node) => childOfType(node, "package_name")?.text.replaceAll("::", "."),
    },
  },
  leads: ["comments", "comment", "pod_statement"],
};

/** `M.open` and `M:close` belong to `M`. */
function luaPath(text: string): Named {
  const path = text.replaceAll(/\s/g, "").replaceAll(":", ".");
  const name = path.slice(path.lastIndexOf(".") + 1);
  return { name, path };
}

function luaFunction(node: Node): Named | null {
  const name = fieldText(node, "name");
  if (name === undefined) return null;
  return { ...luaPath(name), kind: /[.:]/.test(name) ? "method" : "function" };
}

function luaAssignment(node: Node): Named[] {
  const names = childOfType(node, "variable_list")?.namedChildren ?? [];
  const values = childOfType(node, "expression_list")?.namedChildren ?? [];
  return names.flatMap((name, index) => {
    const isFunction = values[index]?.type === "function_definition";
    if (name.type !== "identifier" && !isFunction) return [];
    return [{ ...luaPath(name.text), kind: isFunction ? ("function" as const) : ("variable" as const) }];
  });
}

export const lua: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-lua.wasm",
  defines: {
    function_declaration: { kind: "function", name: luaFunction },
    assignment_statement: { kind: "variable", name: luaAssignment },
    field: {
      kind: "method",
      name: (node) =>
        node.childForFieldName("value")?.type === "function_definition" ? fieldText(node, "name") : null,
    },
  },
  wrappers: ["variable_declaration"],
  bodies: ["expression_list", "table_constructor"],
  leads: ["comment"],
};

export const bash: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm",
  defines: {
    function_definition: { kind: "function" },
    variable_assignment: { kind: "variable" },
  },
  wrappers: ["declaration_command"],
  leads: ["comment"],
};

function rAssignment(node: Node): Named | null {
  const operator = fieldText(node, "operator") ?? "";
  const left = node.childForFieldName("lhs");
  if (!["<-", "<<-", "="].includes(operator) || left?.type !== "identifier") return null;
  const isFunction = node.childForFieldName("rhs")?.type === "function_definition";
  return { name: left.text, kind: isFunction ? "function" : "variable" };
}

export const r: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-r.wasm",
  defines: { binary_operator: { kind: "variable", name: rAssignment } },
  leads: ["comment"],
};
