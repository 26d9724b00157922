import type { Chunk, ChunkKind } from "./chunk.ts";
import type { Definition } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";

export type Symbols = Pick<Chunk, "symbol" | "kind" | "defines">;

/** Tells of runs of rows, asked for in order, which definition they belong to and what they define. */
export function createSymbolFinder(
  lines: SourceLines,
  definitions: readonly Definition[],
): (first: number, last: number) => Symbols {
  const around: Definition[] = [];
  let next = 0;

  return (first, last) => {
    while (around.length > 0 && (around.at(-1)?.last ?? 0) < first) around.pop();
    // Definitions that began in what came before and reach into these rows.
    for (; (definitions[next]?.first ?? Infinity) < first; next += 1) remember(definitions[next]);
    const inside: Definition[] = [];
    for (; (definitions[next]?.first ?? Infinity) <= last; next += 1) {
      const definition = definitions[next];
      if (definition === undefined) break;
      inside.push(definition);
    }
    const enclosing = around.at(-1);
    const tops = topsOf(inside);
    const chief = chiefOf(tops, lines.cost(first, last), lines, last);
    for (const definition of inside) remember(definition, last);
    const defines = [...new Set(inside.filter((definition) => definition.named).map((definition) => definition.name))];
    return {
      symbol: chief?.path ?? enclosing?.path ?? null,
      kind: chief?.kind ?? majority(tops, lines, first, last) ?? enclosing?.kind ?? "block",
      defines,
    };
  };

  function remember(definition: Definition | undefined, before = -1): void {
    if (definition === undefined || definition.last <= before) return;
    while (around.length > 0 && (around.at(-1)?.last ?? 0) < definition.first) around.pop();
    around.push(definition);
  }
}

/** Of definitions in document order, those that lie in no other. */
function topsOf(definitions: readonly Definition[]): Definition[] {
  const tops: Definition[] = [];
  for (const definition of definitions) {
    const previous = tops.at(-1);
    if (previous === undefined || !contains(previous, definition)) tops.push(definition);
  }
  return tops;
}

/** Whether one definition lies in another; of two that share all their rows the path tells. */
function contains(outer: Definition, inner: Definition): boolean {
  if (inner.first > outer.last || inner.last > outer.last) return false;
  return inner.first > outer.first || inner.last < outer.last || inner.path.startsWith(outer.path);
}

/** The definition that a chunk is about: the only one or a larger one, where it makes up enough of the chunk. */
function chiefOf(tops: readonly Definition[], cost: number, lines: SourceLines, last: number): Definition | undefined {
  const share = tops.length === 1 ? 1 / 3 : 1 / 2;
  return tops.find((top) => lines.cost(top.first, Math.min(top.last, last)) > cost * share);
}

/** The kind of most of what is defined in these rows, if that is most of the rows. */
function majority(tops: readonly Definition[], lines: SourceLines, first: number, last: number): ChunkKind | undefined {
  const costs = new Map<ChunkKind, number>();
  let sum = 0;
  for (const top of tops) {
    const cost = lines.cost(top.first, Math.min(top.last, last));
    costs.set(top.kind, (costs.get(top.kind) ?? 0) + cost);
    sum += cost;
  }
  if (sum * 2 <= lines.cost(first, last)) return undefined;
  return [...costs].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
