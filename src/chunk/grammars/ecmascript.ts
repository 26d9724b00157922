import type { Node } from "web-tree-sitter";
import type { ChunkKind } from "../chunk.ts";
import { fieldText, type DefinitionRule, type Grammar, type Named } from "../grammar.ts";

const FUNCTIONS: readonly string[] = [
  "arrow_function",
  "function_expression",
  "function",
  "generator_function",
  "generator_function_declaration",
];

/** What a value makes of the name that it is given to; undefined where it holds no value at all. */
function kindOfValue(value: Node | null): ChunkKind | undefined {
  if (value === null) return undefined;
  if (FUNCTIONS.includes(value.type)) return "function";
  if (value.type === "class") return "class";
  return "variable";
}

/** `const a = 1, b = () => 2`: one name for each declarator; what is taken apart defines nothing worth a name. */
function declaredNames(node: Node): Named[] {
  const names: Named[] = [];
  for (const declarator of node.namedChildren) {
    if (declarator.type !== "variable_declarator") continue;
    const name = declarator.childForFieldName("name");
    if (name?.type !== "identifier") continue;
    const value = declarator.childForFieldName("value");
    // What is required is defined elsewhere, like what is imported.
    if (value?.type === "call_expression" && fieldText(value, "function") === "require") continue;
    // `export const f = memo(() => …)` is a function to whoever looks for it, but no grammar can tell.
    names.push({ name: name.text, kind: kindOfValue(value) ?? "variable" });
  }
  return names;
}

/** `app.use = function …`, `module.exports.x = …`, `Foo.prototype.bar = …`: assignments that define. */
function assignedName(node: Node): Named | null {
  let assignment = node.namedChildren[0];
  if (assignment?.type === "call_expression") return testTitle(assignment);
  if (assignment?.type !== "assignment_expression") return null;
  const left = assignment.childForFieldName("left");
  if (left === null || left.type !== "member_expression") return null;
  const name = fieldText(left, "property");
  const object = fieldText(left, "object");
  if (name === undefined || object === undefined || object.length > 80) return null;
  // `a.b = c.d = function …` defines both names; the first one speaks for them.
  let value = assignment.childForFieldName("right");
  while (value?.type === "assignment_expression") {
    assignment = value;
    value = assignment.childForFieldName("right");
  }
  const exported = EXPORTS.has(object) || (object === "module" && name === "exports");
  const kind = kindOfValue(value);
  if (kind === undefined || (kind === "variable" && !exported)) return null;
  if (object === "module" && name === "exports") {
    const own = value === null ? undefined : fieldText(value, "name");
    return own === undefined ? null : { name: own, kind };
  }
  const owner = object
    .replace(/^(module\.)?exports$/, "")
    .replace(/\.prototype$/, "")
    .replace(/^(this|window|globalThis|self)$/, "");
  const path = owner === "" ? name : `${owner}.${name}`;
  return { name, path, kind: object.endsWith(".prototype") && kind === "function" ? "method" : kind };
}

/** `describe("store", () => …)` and `it.each(table)("opens %s", …)` are known by their titles. */
function testTitle(call: Node): Named | null {
  let called = call.childForFieldName("function");
  while (called?.type === "member_expression" || called?.type === "call_expression") {
    called = called.childForFieldName(called.type === "member_expression" ? "object" : "function");
  }
  if (called?.type !== "identifier" || !TESTS.has(called.text)) return null;
  const title = call.childForFieldName("arguments")?.namedChildren[0];
  if (title?.type !== "string" && title?.type !== "template_string") return null;
  return { name: unquote(title.text), named: false };
}

const TESTS: ReadonlySet<string> = new Set(["describe", "it", "test", "suite", "context", "bench"]);

const EXPORTS: ReadonlySet<string> = new Set(["exports", "module.exports"]);

/** A property that holds a function, `{ run: () => … }`, `handle = async () => …`, or a static one. */
function functionProperty(node: Node): Named | null {
  const value = node.childForFieldName("value");
  const isFunction = value !== null && FUNCTIONS.includes(value.type);
  if (!isFunction && !node.children.some((child) => child.type === "static")) return null;
  const name = fieldText(node, "key") ?? fieldText(node, "name") ?? fieldText(node, "property");
  return name === undefined ? null : { name: unquote(name), kind: isFunction ? "method" : "variable" };
}

function unquote(name: string): string {
  return name.replace(/^(["'`])(.*)\1$/s, "$2");
}

const SHARED: Readonly<Record<string, DefinitionRule>> = {
  function_declaration: { kind: "function" },
  generator_function_declaration: { kind: "function" },
  class_declaration: { kind: "class" },
  class: { kind: "class" },
  method_definition: { kind: "method" },
  lexical_declaration: { kind: "variable", name: declaredNames },
  variable_declaration: { kind: "variable", name: declaredNames },
  expression_statement: { kind: "function", name: assignedName },
  pair: { kind: "method", name: functionProperty },
  field_definition: { kind: "method", name: functionProperty },
  public_field_definition: { kind: "method", name: functionProperty },
};

const BODIES: readonly string[] = [
  "class_body",
  "object",
  "variable_declarator",
  "assignment_expression",
  "parenthesized_expression",
];

export const javascript: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-javascript.wasm",
  defines: SHARED,
  wrappers: ["export_statement"],
  bodies: BODIES,
  leads: ["comment", "decorator", "hash_bang_line"],
};

export const typescript: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm",
  defines: {
    ...SHARED,
    abstract_class_declaration: { kind: "class" },
    interface_declaration: { kind: "interface" },
    type_alias_declaration: { kind: "type" },
    enum_declaration: { kind: "enum" },
    internal_module: { kind: "module" },
    module: { kind: "module", name: (node) => unquote(fieldText(node, "name") ?? "") || null },
    function_signature: { kind: "function" },
    method_signature: { kind: "method" },
    abstract_method_signature: { kind: "method" },
  },
  // A namespace that is not exported counts as an expression.
  wrappers: ["export_statement", "ambient_declaration", "expression_statement"],
  bodies: [...BODIES, "interface_body", "object_type", "statement_block"],
  leads: ["comment", "decorator", "hash_bang_line"],
};

export const tsx: Grammar = { ...typescript, wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm" };
