import type { Node } from "web-tree-sitter";
import type { ChunkKind } from "./chunk.ts";
import type { DefinitionRule, Named } from "./grammar.ts";
import { TARGET_SHARE } from "./limits.ts";
import type { Atom, Definition, Outline } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";

/** What a node type means to the chunker. */
export interface Role {
  readonly rule?: DefinitionRule;
  readonly wrapper?: boolean;
  readonly body?: boolean;
  readonly flat?: boolean;
  readonly lead?: boolean;
  readonly isLead?: (node: Node) => boolean;
  readonly tail?: boolean;
}

/** One list of siblings being walked. */
interface Frame {
  readonly nodes: readonly Node[];
  index: number;
  /** Whether rows are still to be dealt out; otherwise they belong to one atom, and only names are looked for. */
  readonly splitting: boolean;
  readonly flat: boolean;
  readonly scope: Definition | null;
  readonly group: number;
  /** Inside a function or a long statement, where runs of statements are merged whatever their nesting. */
  readonly fluid: boolean;
  readonly last: number;
  /** First row of the comments and attributes that wait for what they lead, then of those right before it; -1 without any. */
  leads: number;
  lead: number;
  leadEnd: number;
}

/** What became of a node: the scope inside it, the node to go on in, and whether more may be found there. */
interface Found {
  readonly scope: Definition | null;
  readonly node: Node;
  readonly opens: boolean;
}

type Growing<T extends { readonly last: number }> = Omit<T, "last"> & { last: number };

/**
 * Deals the rows of a parsed file out to atoms, going into a node only where it is too large for a chunk or may hold
 * definitions. Each step into the tree crosses into WASM, so what is small and nameless is left alone; the walk keeps
 * its own stack, for nesting has no bound.
 */
export function outlineTree(
  root: Node,
  roleOf: (typeId: number) => Role | undefined,
  lines: SourceLines,
  maxTokens: number,
): Outline {
  const atoms: Growing<Atom>[] = [];
  const definitions: Growing<Definition>[] = [];
  let next = 0;
  let groups = 0;
  const end = lines.count - 1;
  const stack: Frame[] = [
    frameOf(root.namedChildren, { splitting: true, scope: null, group: 0, fluid: false, last: end }),
  ];

  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const node = top.nodes[top.index];
    if (node === undefined) {
      stack.pop();
      if (top.splitting) leave(top, stack.at(-1));
      continue;
    }
    top.index += 1;
    const role = roleOf(node.typeId);
    const row = node.startPosition.row;
    const last = lastRow(node, row);
    if (!top.splitting) collect(node, role, row, last, top);
    else if (role?.lead === true || role?.isLead?.(node) === true) holdLead(top, row, last);
    else if (role?.flat === true) enterFlat(node, top, last);
    else deal(node, role, row, last, top);
  }
  return { atoms, definitions };

  function leave(top: Frame, parent: Frame | undefined): void {
    const handsOn = top.flat && top.lead !== -1 && parent?.splitting === true;
    if (!handsOn) return fill(top.last, top.group);
    // Comments at the end of a list of imports belong to what comes after it.
    fill(top.leads - 1, top.group);
    Object.assign(parent, { leads: top.leads, lead: top.lead, leadEnd: top.leadEnd });
  }

  function enterFlat(node: Node, top: Frame, last: number): void {
    const { leads, lead, leadEnd } = top;
    top.leads = top.lead = -1;
    stack.push({
      ...frameOf(node.namedChildren, { ...top, last }),
      flat: true,
      leads,
      lead,
      leadEnd,
    });
  }

  function holdLead(top: Frame, row: number, last: number): void {
    if (last < next) return;
    const first = Math.max(row, next);
    if (top.leads === -1) top.leads = first;
    if (top.lead === -1 || row > top.leadEnd + 1) top.lead = first;
    top.leadEnd = last;
  }

  function deal(node: Node, role: Role | undefined, row: number, ownLast: number, top: Frame): void {
    const tail = tailOf(top);
    const last = tail === undefined ? ownLast : Math.max(ownLast, lastRow(tail));
    const first = leadOf(top, row, last);
    top.leads = top.lead = -1;
    if (last < next) return collect(node, role, row, last, top);
    fill(Math.max(first, next) - 1, top.group);
    const from = Math.max(first, next);

    const found = define(node, role, first, last, top);
    if (lines.cost(from, last) <= maxTokens || from === last) {
      if (!joinClause(from, last, top, found.scope)) {
        atoms.push({ first: from, last, group: top.group, standing: found.scope !== top.scope });
      }
      next = last + 1;
      if (found.opens) stack.push(innerFrame(found, top.group, last));
      return;
    }
    // Too large for one chunk: its own parts are dealt out, its first and last lines with them.
    const inner =
      found.scope !== top.scope && found.scope !== null ? !HOLDERS.has(found.scope.kind) : top.fluid || !found.opens;
    const sameGroup = found.scope === top.scope && (top.fluid || found.opens);
    const group = sameGroup ? top.group : (groups += 1);
    const children =
      tail === undefined ? found.node.namedChildren : [...found.node.namedChildren, ...tail.namedChildren];
    stack.push(frameOf(children, { splitting: true, scope: found.scope, group, fluid: inner, last }));
  }

  /** The body that follows a signature as its sibling; it is passed over. */
  function tailOf(top: Frame): Node | undefined {
    const node = top.nodes[top.index];
    if (node === undefined || roleOf(node.typeId)?.tail !== true) return undefined;
    top.index += 1;
    return node;
  }

  /** Clauses of one function (equations, overloads) stay together: the atom before grows where it can. */
  function joinClause(first: number, last: number, top: Frame, scope: Definition | null): boolean {
    const before = atoms.at(-1);
    const earlier = definitions.at(-2);
    if (scope === null || scope === top.scope || scope !== definitions.at(-1)) return false;
    if (before === undefined || earlier === undefined || earlier.path !== scope.path || earlier.last !== before.last)
      return false;
    if (before.group !== top.group || lines.cost(before.first, last) > maxTokens * TARGET_SHARE) return false;
    if (before.last + 1 < first && !isGap(before.last + 1, first - 1)) return false;
    before.last = last;
    earlier.last = last;
    definitions.pop();
    return true;
  }

  function isGap(first: number, last: number): boolean {
    for (let row = first; row <= last; row += 1) if (!lines.isBlank(row)) return false;
    return true;
  }

  /** Where a node begins with what leads it: all comments before it if that leaves room, else those right before it. */
  function leadOf(top: Frame, row: number, last: number): number {
    if (top.lead === -1) return row;
    if (lines.cost(top.leads, last) <= maxTokens * TARGET_SHARE) return top.leads;
    return row <= top.leadEnd + 1 ? top.lead : row;
  }

  function collect(node: Node, role: Role | undefined, row: number, last: number, top: Frame): void {
    if (role === undefined || (role.rule === undefined && role.wrapper !== true && role.body !== true)) return;
    const found = define(node, role, row, last, top);
    if (found.opens) stack.push(innerFrame(found, top.group, last));
  }

  /** Notes what a node defines. */
  function define(node: Node, role: Role | undefined, first: number, last: number, top: Frame): Found {
    let inner = node;
    let at = role;
    while (at?.wrapper === true) {
      const candidates = inner.namedChildren.filter((child) => {
        const childRole = roleOf(child.typeId);
        return childRole?.rule !== undefined || childRole?.wrapper === true;
      });
      const only = candidates[0];
      if (only === undefined) break;
      if (candidates.length > 1) return { scope: top.scope, node: inner, opens: true };
      inner = only;
      at = roleOf(inner.typeId);
    }
    const rule = at?.rule;
    if (rule === undefined) return { scope: top.scope, node: inner, opens: at?.body === true };
    const names = namesOf(inner, rule);
    const inFunction = top.scope !== null && !HOLDERS.has(top.scope.kind);
    let scope: Definition | null = top.scope;
    for (const name of names) {
      const kind = kindIn(top.scope, name.kind ?? rule.kind);
      // What a function keeps in variables is its own affair; a function inside one is not.
      if (inFunction && kind === "variable") continue;
      // `typedef struct point { … } point;` says its name twice.
      if (top.scope?.name === name.name && top.scope.first === first) continue;
      const path = name.path ?? name.name;
      const definition: Growing<Definition> = {
        name: name.name,
        path: top.scope === null || top.scope.path.length > MAX_PATH ? path : `${top.scope.path}.${path}`,
        kind,
        first,
        last,
        named: name.named ?? rule.named ?? true,
      };
      definitions.push(definition);
      if (names.length === 1) scope = definition;
    }
    const opaque = scope !== null && scope !== top.scope && !HOLDERS.has(scope.kind);
    return { scope, node: inner, opens: !opaque && rule.closed !== true && (names.length > 0 || at?.body === true) };
  }

  function fill(last: number, group: number): void {
    if (next > last) return;
    atoms.push({ first: next, last, group, standing: false });
    next = last + 1;
  }
}

/** Kinds whose members are definitions in their own right, unlike what is inside a function. */
const HOLDERS: ReadonlySet<ChunkKind> = new Set([
  "class",
  "interface",
  "type",
  "enum",
  "module",
  "variable",
  "section",
  "element",
]);

/** Kinds whose functions are called methods. */
const OWNERS: ReadonlySet<ChunkKind> = new Set(["class", "interface", "type", "enum"]);

function kindIn(scope: Definition | null, kind: ChunkKind): ChunkKind {
  return kind === "function" && scope !== null && OWNERS.has(scope.kind) ? "method" : kind;
}

/** The last row that a node has characters in: some end with the line break. */
function lastRow(node: Node, first = node.startPosition.row): number {
  const { row, column } = node.endPosition;
  return column === 0 && row > first ? row - 1 : row;
}

function frameOf(
  nodes: readonly Node[],
  { splitting, scope, group, fluid, last }: Pick<Frame, "splitting" | "scope" | "group" | "fluid" | "last">,
): Frame {
  return { nodes, index: 0, splitting, flat: false, scope, group, fluid, last, leads: -1, lead: -1, leadEnd: -1 };
}

/** What is inside an atom, where only names are looked for. */
function innerFrame({ node, scope }: Pick<Found, "node" | "scope">, group: number, last: number): Frame {
  return frameOf(node.namedChildren, { splitting: false, scope, group, fluid: false, last });
}

/** The names a rule finds, without what recovery from a syntax error made up. */
function namesOf(node: Node, rule: DefinitionRule): readonly Named[] {
  const { name = "name" } = rule;
  const found = typeof name === "string" ? node.childForFieldName(name)?.text : name(node);
  if (found === undefined || found === null) return [];
  const list: readonly Named[] = typeof found === "string" ? [{ name: found }] : "name" in found ? [found] : found;
  return list.filter(({ name: text }) => text.length > 0 && text.length <= MAX_NAME && !text.includes("\n"));
}

/** Keeps the paths in a file that nests without end from growing with each level. */
const MAX_PATH = 300;

/** Longer "names" are computed keys or pieces of broken code. */
const MAX_NAME = 120;
