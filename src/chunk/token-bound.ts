/** Upper estimate of the tokens that a WordPiece or byte-level BPE tokenizer makes of `text`. */
export function boundTokens(text: string): number {
  let tokens = 0;
  let word = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if ((unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57)) {
      if (word % 3 === 0) tokens += 1;
      word += 1;
      continue;
    }
    word = 0;
    if (unit > 127) tokens += 2;
    else if (unit > 32) tokens += 1;
  }
  return tokens;
}
