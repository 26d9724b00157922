import type { Atom, Definition, Outline } from "./outline.ts";
import { splitLines, type SourceLines } from "./source-lines.ts";

/** A top-level block of a component file, whose rows are between its tags. */
interface Block {
  readonly tag: string;
  readonly language: string;
  readonly open: number;
  readonly close: number;
}

/**
 * The outline of a single-file component (Vue, Svelte, Astro): each top-level block is outlined in its own language by
 * `outlineOf`, and what stands outside of blocks is markup.
 */
export async function outlineComponent(
  lines: SourceLines,
  outlineOf: (lines: SourceLines, language: string) => Promise<Outline | null>,
): Promise<Outline> {
  const atoms: Atom[] = [];
  const definitions: Definition[] = [];
  let next = 0;
  let groups = 0;
  for (const block of blocksOf(lines)) {
    await add(next, block.open - 1, "html");
    plain(block.open, block.open);
    await add(block.open + 1, block.close - 1, block.language);
    plain(block.close, block.close);
    next = block.close + 1;
  }
  await add(next, lines.count - 1, "html");
  return { atoms, definitions };

  function plain(first: number, last: number): void {
    if (last >= first) atoms.push({ first, last, group: (groups += 1), standing: false });
  }

  async function add(first: number, last: number, language: string): Promise<void> {
    if (last < first) return;
    const text = lines.slice(first, last);
    if (text.trim() === "") return;
    const part = splitLines(text, () => 0);
    const shifted: SourceLines = { ...part, cost: (from, to) => lines.cost(from + first, to + first) };
    const outline = await outlineOf(shifted, language);
    if (outline === null) return plain(first, last);
    const base = groups + 1;
    for (const atom of outline.atoms) {
      groups = Math.max(groups, atom.group + base);
      atoms.push({ ...atom, first: atom.first + first, last: atom.last + first, group: atom.group + base });
    }
    for (const each of outline.definitions)
      definitions.push({ ...each, first: each.first + first, last: each.last + first });
  }
}

/** Blocks whose tags stand alone at the start of their lines, as formatters lay them out. */
function blocksOf(lines: SourceLines): Block[] {
  const blocks: Block[] = [];
  const frontMatter = lines.count > 1 && lines.line(0).trim() === "---";
  for (let row = frontMatter ? 1 : 0; row < lines.count; row += 1) {
    if (frontMatter && blocks.length === 0) {
      if (lines.line(row).trim() === "---") blocks.push({ tag: "---", language: "typescript", open: 0, close: row });
      continue;
    }
    const [, tag, attributes] = /^<(script|style|template)\b([^>]*)>\s*$/.exec(lines.line(row).slice(0, 500)) ?? [];
    if (tag === undefined) continue;
    let close = row + 1;
    while (close < lines.count && !lines.line(close).startsWith(`</${tag}`)) close += 1;
    if (close >= lines.count) break;
    blocks.push({ tag, language: languageOfBlock(tag, attributes ?? ""), open: row, close });
    row = close;
  }
  return blocks;
}

function languageOfBlock(tag: string, attributes: string): string {
  const lang = /\blang\s*=\s*["']?(\w+)/.exec(attributes)?.[1];
  if (tag === "script") return SCRIPTS.get(lang ?? "js") ?? "javascript";
  if (tag === "style") return lang === "scss" ? "scss" : lang === undefined ? "css" : "text";
  return lang === undefined || lang === "html" ? "html" : "text";
}

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["ts", "typescript"],
  ["tsx", "tsx"],
  ["typescript", "typescript"],
]);
