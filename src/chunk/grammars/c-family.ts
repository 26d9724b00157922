import type { Node } from "web-tree-sitter";
import type { ChunkKind } from "../chunk.ts";
import { fieldText, type DefinitionRule, type Grammar, type Named } from "../grammar.ts";
import { blankMacros } from "./c-macros.ts";

const LEAVES: ReadonlySet<string> = new Set([
  "identifier",
  "type_identifier",
  "field_identifier",
  "qualified_identifier",
  "destructor_name",
  "operator_name",
  "operator_cast",
  "template_function",
]);

/** Digs the name out of `*(*name[3])(int)`; tells whether it names a function. */
function declared(declarator: Node | null): Named | null {
  let kind: ChunkKind = "variable";
  let pointer = false;
  for (let node = declarator; node !== null;) {
    if (LEAVES.has(node.type)) return named(node, kind);
    // `int (*hook)(void)` is a variable, `int *open(void)` is not.
    if (node.type === "function_declarator") kind = "function";
    if (node.type === "parenthesized_declarator") pointer = true;
    if (pointer && node.type === "pointer_declarator") kind = "variable";
    node =
      node.childForFieldName("declarator") ??
      node.namedChildren.find(
        (child) =>
          child.type !== "attribute_specifier" &&
          child.type !== "ms_call_modifier" &&
          !child.type.endsWith("qualifier"),
      ) ??
      null;
  }
  return null;
}

function named(node: Node, kind: ChunkKind): Named | null {
  // A name with a body in it is what recovery from a syntax error made of a whole class.
  if (/[{;]/.test(node.text)) return null;
  const parts = node.text
    .replaceAll(/<[^<>]*>|\s+/g, "")
    .split("::")
    .filter((part) => part !== "");
  const name = parts.at(-1) ?? "";
  return { name, path: parts.join("."), kind: parts.length > 1 && kind === "function" ? "method" : kind };
}

/** The declarators of `static int a = 1, *b;`, and the type that the same statement declares. */
function declaredNames(node: Node): Named[] {
  const names = node.childrenForFieldName("declarator").flatMap((child) => declared(child) ?? []);
  const type = node.childForFieldName("type");
  const own = type === null ? undefined : typeWithBody(type);
  const kind = type === null ? undefined : TYPES[type.type]?.kind;
  return own === undefined || kind === undefined || names.some(({ name }) => name === own)
    ? names
    : [...names, { name: own, kind }];
}

function functionName(node: Node): Named | null {
  const found = declared(node.childForFieldName("declarator"));
  return found === null ? null : { ...found, kind: found.kind === "method" ? "method" : "function" };
}

function typedefNames(node: Node): Named[] {
  return declaredNames(node).map((name) => ({
    ...name,
    kind: name.kind === "class" || name.kind === "enum" ? name.kind : "type",
  }));
}

/** A class's declarations of functions count; its fields do not. */
function memberFunction(node: Node): Named[] {
  return declaredNames(node).filter(({ kind }) => kind !== "variable");
}

/** `struct node *next` mentions a type, `struct node { … }` defines it. */
function typeWithBody(node: Node): string | undefined {
  return node.childForFieldName("body") === null ? undefined : fieldText(node, "name");
}

/** `template <> struct formatter<path>` is one more `formatter`; its arguments tell it from the others. */
function typeName(node: Node): Named | undefined {
  const written = typeWithBody(node);
  return written === undefined
    ? undefined
    : { name: written.replace(/<.*$/s, "").split("::").at(-1) ?? written, path: written.replaceAll(/\s+/g, " ") };
}

const TYPES: Readonly<Record<string, DefinitionRule>> = {
  struct_specifier: { kind: "class", name: typeName },
  union_specifier: { kind: "class", name: typeName },
  class_specifier: { kind: "class", name: typeName },
  enum_specifier: { kind: "enum", name: typeName },
};

const SHARED: Readonly<Record<string, DefinitionRule>> = {
  ...TYPES,
  function_definition: { kind: "function", name: functionName },
  declaration: { kind: "variable", name: declaredNames, closed: true },
  type_definition: { kind: "type", name: typedefNames, closed: true },
  preproc_def: { kind: "variable" },
  preproc_function_def: { kind: "function" },
};

const BODIES: readonly string[] = [
  "declaration_list",
  "field_declaration_list",
  "linkage_specification",
  "preproc_ifdef",
  "preproc_if",
  "preproc_else",
  "preproc_elif",
];

export const c: Grammar = {
  wasm: "@cursorless/tree-sitter-wasms/out/tree-sitter-c.wasm",
  prepare: blankMacros,
  defines: SHARED,
  bodies: BODIES,
  leads: ["comment"],
};

export const cpp: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-cpp.wasm",
  prepare: blankMacros,
  defines: {
    ...SHARED,
    namespace_definition: { kind: "module", name: (node) => fieldText(node, "name")?.replaceAll("::", ".") },
    alias_declaration: { kind: "type" },
    concept_definition: { kind: "interface" },
    field_declaration: { kind: "method", name: memberFunction },
  },
  wrappers: ["template_declaration"],
  bodies: [...BODIES, "namespace_definition"],
  leads: ["comment", "attribute_declaration"],
};
