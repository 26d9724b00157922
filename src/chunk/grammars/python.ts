import type { Node } from "web-tree-sitter";
import { fieldText, type Grammar, type Named } from "../grammar.ts";

/** `NAME = …`, `a = b = …`, `name: type = …`, `a, b = …`. */
function assignedNames(node: Node): Named[] {
  const names: Named[] = [];
  let assignment = node.namedChildren[0];
  while (assignment?.type === "assignment") {
    const left = assignment.childForFieldName("left");
    if (left?.type === "identifier") names.push({ name: left.text });
    else if (left?.type === "pattern_list") {
      for (const part of left.namedChildren) if (part.type === "identifier") names.push({ name: part.text });
    }
    assignment = assignment.childForFieldName("right") ?? undefined;
  }
  return names;
}

export const python: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm",
  defines: {
    function_definition: { kind: "function" },
    class_definition: { kind: "class" },
    expression_statement: { kind: "variable", name: assignedNames },
    type_alias_statement: { kind: "type", name: (node) => fieldText(node, "left") },
  },
  wrappers: ["decorated_definition"],
  // Module level code is often under `if TYPE_CHECKING:` or `try: import …`.
  bodies: ["block", "if_statement", "else_clause", "elif_clause", "try_statement", "except_clause"],
  leads: ["comment", "decorator"],
};
