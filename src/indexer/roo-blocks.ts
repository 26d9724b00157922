/** A run of lines as Roo Code cuts them. */
export interface RooBlock {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
}

interface Lines {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
}

/** Roo Code's limits, in characters (its `code-index/constants`): what it cuts is from 50 to 1,000, and 15 % more at most. */
export const ROO_MIN_CHARACTERS = 50;
const ROO_CHARACTERS = 1_000;
export const ROO_MAX_CHARACTERS = 1_150;

/**
 * Cuts a file's chunks to blocks within Roo Code's limits: large ones at lines, in even shares; what is too small joins
 * its neighbour, or is left out where it has none, as Roo Code leaves it out.
 */
export function rooBlocks(chunks: readonly Lines[]): RooBlock[] {
  const blocks: RooBlock[] = [];
  for (const piece of chunks.flatMap(cut)) {
    const last = blocks.at(-1);
    const small = piece.text.length < ROO_MIN_CHARACTERS || (last?.text.length ?? Infinity) < ROO_MIN_CHARACTERS;
    if (last !== undefined && small && piece.startLine > last.endLine) {
      const text = `${last.text}${"\n".repeat(piece.startLine - last.endLine)}${piece.text}`;
      if (text.length <= ROO_MAX_CHARACTERS) {
        blocks[blocks.length - 1] = { startLine: last.startLine, endLine: piece.endLine, text };
        continue;
      }
    }
    blocks.push(piece);
  }
  return blocks.filter(({ text }) => text.trim().length >= ROO_MIN_CHARACTERS);
}

function cut(chunk: Lines): RooBlock[] {
  if (chunk.text.length <= ROO_MAX_CHARACTERS) return [chunk];
  const lines = chunk.text.split("\n");
  const share = chunk.text.length / Math.ceil(chunk.text.length / ROO_CHARACTERS);
  const blocks: RooBlock[] = [];
  let first = 0;
  while (first < lines.length) {
    let last = first;
    let text = lines[first] ?? "";
    for (; last + 1 < lines.length && text.length < share; last++) {
      const longer = `${text}\n${lines[last + 1] ?? ""}`;
      if (longer.length > ROO_MAX_CHARACTERS) break;
      text = longer;
    }
    const place = { startLine: chunk.startLine + first, endLine: chunk.startLine + last };
    // A line longer than a block is cut where it is full, all parts having its number.
    for (let at = 0; at < text.length; at += ROO_CHARACTERS) {
      const isRest = text.length - at <= ROO_MAX_CHARACTERS;
      blocks.push({ ...place, text: isRest ? text.slice(at) : text.slice(at, at + ROO_CHARACTERS) });
      if (isRest) break;
    }
    first = last + 1;
  }
  return blocks;
}
