/** A piece of a text, and which text it is of. */
export interface Piece {
  readonly text: number;
  readonly content: string;
}

/**
 * Splits texts longer than `longest` characters into pieces of even length; a short text is one piece, even an empty one.
 * Surrogate pairs stay whole.
 */
export function piecesOf(texts: readonly string[], longest: number): Piece[] {
  return texts.flatMap((content, text) => {
    if (content.length <= longest) return { text, content };
    const count = Math.ceil(content.length / longest);
    const bounds = Array.from({ length: count + 1 }, (_, index) => {
      const at = Math.round((index * content.length) / count);
      const splitsPair = /[\uDC00-\uDFFF]/.test(content[at] ?? "") && /[\uD800-\uDBFF]/.test(content[at - 1] ?? "");
      return splitsPair ? at - 1 : at;
    });
    return bounds.slice(1).map((end, index) => ({ text, content: content.slice(bounds[index], end) }));
  });
}

/** Groups pieces, in order, into batches of at most so many pieces and characters; a piece too large stands alone. */
export function batchesOf(pieces: readonly Piece[], maxTexts: number, maxCharacters: number): Piece[][] {
  const batches: Piece[][] = [];
  let characters = 0;
  for (const piece of pieces) {
    const open = batches.at(-1);
    if (open === undefined || open.length >= maxTexts || characters + piece.content.length > maxCharacters) {
      batches.push([piece]);
      characters = piece.content.length;
    } else {
      open.push(piece);
      characters += piece.content.length;
    }
  }
  return batches;
}
