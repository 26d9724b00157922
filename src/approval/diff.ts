/** One line of a comparison: kept, removed from the old text, or added by the new one. */
interface Step {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

export interface DiffCount {
  readonly added: number;
  readonly removed: number;
}

export interface UnifiedDiff extends DiffCount {
  /** Hunks in unified format without file headers; empty when the texts are equal. */
  readonly text: string;
}

const CONTEXT_LINES = 3;
/** Beyond this many edits the changed region is shown as replaced whole: exact, only less minimal, and quick. */
const MAX_EDITS = 1_000;

/** Compares two texts line by line. A missing newline at the end is told the way `diff` does. */
export function unifiedDiff(before: string, after: string): UnifiedDiff {
  const steps = compare(splitLines(before), splitLines(after));
  return {
    text: formatHunks(steps),
    added: steps.filter((step) => step.sign === "+").length,
    removed: steps.filter((step) => step.sign === "-").length,
  };
}

/** Lines with their newline, so that a missing last one is a difference. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function compare(before: readonly string[], after: readonly string[]): Step[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  const keep = (line: string): Step => ({ sign: " ", line });
  return [
    ...before.slice(0, head).map(keep),
    ...compareMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(keep),
  ];
}

/** Myers' greedy algorithm: the shortest edit script, found along diagonals k = x - y. */
function compareMiddle(before: readonly string[], after: readonly string[]): Step[] {
  const trace: Map<number, number>[] = [];
  let frontier = new Map<number, number>([[1, 0]]);
  const limit = Math.min(before.length + after.length, MAX_EDITS);
  for (let edits = 0; edits <= limit; edits++) {
    const next = new Map<number, number>();
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && (frontier.get(k - 1) ?? -1) < (frontier.get(k + 1) ?? -1));
      let x = down ? (frontier.get(k + 1) ?? 0) : (frontier.get(k - 1) ?? 0) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      next.set(k, x);
      if (x >= before.length && x - k >= after.length) return backtrack([...trace, frontier], before, after);
    }
    trace.push(frontier);
    frontier = next;
  }
  return [...before.map((line): Step => ({ sign: "-", line })), ...after.map((line): Step => ({ sign: "+", line }))];
}

function backtrack(trace: readonly Map<number, number>[], before: readonly string[], after: readonly string[]): Step[] {
  const steps: Step[] = [];
  let x = before.length;
  let y = after.length;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const frontier = trace[edits] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -edits || (k !== edits && (frontier.get(k - 1) ?? -1) < (frontier.get(k + 1) ?? -1));
    const fromX = edits === 0 ? 0 : (frontier.get(down ? k + 1 : k - 1) ?? 0);
    const fromY = edits === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    while (x > fromX && y > fromY) {
      x--;
      y--;
      steps.push({ sign: " ", line: before[x] ?? "" });
    }
    if (edits === 0) break;
    if (down) steps.push({ sign: "+", line: after[--y] ?? "" });
    else steps.push({ sign: "-", line: before[--x] ?? "" });
  }
  return steps.toReversed();
}

function formatHunks(steps: readonly Step[]): string {
  const changed = steps.flatMap((step, index) => (step.sign === " " ? [] : [index]));
  const ranges: { start: number; end: number }[] = [];
  for (const index of changed) {
    const last = ranges.at(-1);
    if (last && index - CONTEXT_LINES <= last.end) last.end = Math.min(steps.length, index + 1 + CONTEXT_LINES);
    else
      ranges.push({
        start: Math.max(0, index - CONTEXT_LINES),
        end: Math.min(steps.length, index + 1 + CONTEXT_LINES),
      });
  }
  let oldLine = 1;
  let newLine = 1;
  let position = 0;
  let text = "";
  for (const { start, end } of ranges) {
    oldLine += start - position;
    newLine += start - position;
    const hunk = steps.slice(start, end);
    const oldCount = hunk.filter((step) => step.sign !== "+").length;
    const newCount = hunk.filter((step) => step.sign !== "-").length;
    // An empty side is numbered by the line before it, as `diff` and `patch` have it.
    text += `@@ -${oldCount === 0 ? oldLine - 1 : oldLine},${oldCount} +${newCount === 0 ? newLine - 1 : newLine},${newCount} @@\n`;
    for (const { sign, line } of hunk)
      text += `${sign}${line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`}`;
    oldLine += oldCount;
    newLine += newCount;
    position = end;
  }
  return text;
}
