import type { ChunkKind } from "./chunk.ts";
import type { Atom, Definition, Outline } from "./outline.ts";
import type { SourceLines } from "./source-lines.ts";

/** The outline of an SQL script: its statements, each with the comments above it, and what they create. */
export function outlineSql(lines: SourceLines): Outline {
  const atoms: Atom[] = [];
  const definitions: Definition[] = [];
  let first = 0;
  for (const last of [...statementEnds(lines), lines.count - 1]) {
    if (last < first) continue;
    while (first < last && lines.isBlank(first)) first += 1;
    const created = createdBy(lines, first, last);
    atoms.push({ first, last, group: 0, standing: created !== null });
    if (created !== null) definitions.push({ ...created, first, last, named: true });
    first = last + 1;
  }
  return { atoms, definitions };
}

/** Rows on which a statement ends: a `;` outside strings, comments, dollar quotes and `BEGIN … END`, or a `GO`. */
function statementEnds(lines: SourceLines): number[] {
  const ends: number[] = [];
  let closer = "";
  let depth = 0;
  let routine = false;
  for (let row = 0; row < lines.count; row += 1) {
    const line = lines.line(row);
    if (closer === "" && /^\s*go\s*$/i.test(line)) {
      ends.push(row);
      depth = 0;
      routine = false;
      continue;
    }
    let ended = false;
    TOKEN.lastIndex = 0;
    for (let index = 0; index < line.length;) {
      if (closer !== "") {
        const end = line.indexOf(closer, index);
        if (end === -1) break;
        index = end + closer.length;
        closer = "";
        continue;
      }
      TOKEN.lastIndex = index;
      const token = TOKEN.exec(line)?.[0];
      if (token === undefined) break;
      index = TOKEN.lastIndex;
      const word = token.toLowerCase();
      if (token.startsWith("--") || token === "#") break;
      if (CLOSERS.has(token)) closer = CLOSERS.get(token) ?? "";
      else if (token.startsWith("$")) closer = token;
      else if (ROUTINES.has(word)) routine = true;
      else if (word === "begin" || word === "case") depth += routine ? 1 : 0;
      else if (word === "end") depth = Math.max(0, depth - 1);
      else if (token === ";") ended = depth === 0;
      if (token === ";" && depth === 0) routine = false;
    }
    if (ended && closer === "") ends.push(row);
  }
  return ends;
}

const TOKEN =
  /--|\/\*|'|"|`|\$\w*\$|;|\b(?:begin|end(?!\s+(?:if|loop|case|while|for|repeat)\b)|case|procedure|function|trigger|package)\b/gi;
const CLOSERS: ReadonlyMap<string, string> = new Map([
  ["/*", "*/"],
  ["'", "'"],
  ['"', '"'],
  ["`", "`"],
]);
const ROUTINES: ReadonlySet<string> = new Set(["procedure", "function", "trigger", "package"]);

function createdBy(lines: SourceLines, first: number, last: number): Pick<Definition, "name" | "path" | "kind"> | null {
  for (let row = first; row <= last; row += 1) {
    const text = lines.line(row).slice(0, 400);
    if (text.trim() === "" || /^\s*(?:--|\/\*|\*)/.test(text)) continue;
    // The name may stand on the line after `CREATE TABLE`.
    const head = row < last ? `${text} ${lines.line(row + 1).slice(0, 200)}` : text;
    const [, what, quoted] = CREATE.exec(head) ?? [];
    if (what === undefined || quoted === undefined) return null;
    const path = quoted.replaceAll(/["`[\]]/g, "");
    return { name: path.slice(path.lastIndexOf(".") + 1), path, kind: KINDS.get(what.toLowerCase()) ?? "type" };
  }
  return null;
}

const CREATE =
  /^\s*create\s+(?:or\s+(?:replace|alter)\s+)?(?:(?:global|local|temporary|temp|unlogged|external|materialized|recursive|unique|clustered|nonclustered|definer\s*=\s*\S+|concurrently|virtual|constraint|foreign)\s+)*(table|view|function|procedure|trigger|type|domain|index|sequence|schema|database|extension|role|user|policy|package(?:\s+body)?|macro|event|synonym|aggregate|operator|rule|server)\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?((?:(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w$]+)\.){0,3}(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w$]+))/i;

const KINDS: ReadonlyMap<string, ChunkKind> = new Map<string, ChunkKind>([
  ["table", "class"],
  ["view", "class"],
  ["function", "function"],
  ["procedure", "function"],
  ["trigger", "function"],
  ["macro", "function"],
  ["aggregate", "function"],
  ["index", "variable"],
  ["sequence", "variable"],
  ["schema", "module"],
  ["database", "module"],
  ["package", "module"],
]);
