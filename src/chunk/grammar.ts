import type { Node } from "web-tree-sitter";
import type { ChunkKind } from "./chunk.ts";

/** A name found by a rule. A path other than the name is for what says its owner, such as a Go method's receiver. */
export interface Named {
  readonly name: string;
  readonly path?: string;
  readonly kind?: ChunkKind;
  /** False where it only tells what the code is about, such as a test's title. */
  readonly named?: boolean;
}

/** How a node type defines names. */
export interface DefinitionRule {
  readonly kind: ChunkKind;
  /** The field that holds the name (default `name`), or what finds the names; nothing found means no definition. */
  readonly name?: string | ((node: Node) => Named | readonly Named[] | string | null | undefined);
  /** False for what only reopens a type that is defined elsewhere, such as an `impl` block. */
  readonly named?: boolean;
  /** True where nothing inside has a name of its own. */
  readonly closed?: boolean;
}

/** What the chunker knows about a language: a literal, without code of its own where the grammar is regular. */
export interface Grammar {
  /** The package and the file in it that hold the compiled grammar. */
  readonly wasm: string;
  /** Blanks what would mislead the grammar; every other character must keep its place. */
  readonly prepare?: (text: string) => string;
  /** By node type. */
  readonly defines: Readonly<Record<string, DefinitionRule>>;
  /** Node types around one definition that are not definitions themselves: exports, decorated definitions. */
  readonly wrappers?: readonly string[];
  /** Node types whose children may be definitions: bodies of classes, namespaces, conditional compilation. */
  readonly bodies?: readonly string[];
  /** Node types that only group what stands in them, such as a list of all imports: their children are dealt with one by one. */
  readonly flat?: readonly string[];
  /** Node types that belong to what follows them: comments, attributes, decorators. */
  readonly leads?: readonly string[];
  /** The same where the type alone does not tell. */
  readonly isLead?: (node: Node) => boolean;
  /** Node types that belong to the definition before them, such as a body that is its signature's sibling. */
  readonly tails?: readonly string[];
}

/** Text of the field of a node, or undefined. */
export function fieldText(node: Node, field: string): string | undefined {
  return node.childForFieldName(field)?.text;
}

/** The first named child of one of these types. */
export function childOfType(node: Node, ...types: readonly string[]): Node | undefined {
  return node.namedChildren.find((child) => types.includes(child.type));
}
