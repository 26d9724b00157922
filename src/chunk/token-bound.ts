/**
 * Upper estimate of the tokens that an uncased WordPiece tokenizer (BERT's vocabulary) makes of a text, marks at its
 * ends not counted. Punctuation and digits cost what they cost there: one token each. Inside a word each pair of
 * letters costs twice its likelihood to be torn apart. Estimates add up: that of a text is the sum of
 * those of its lines. Byte-level BPE stays below it too, white space excepted, which costs next to nothing here; the
 * models that use it have windows many times as wide.
 */
export function boundTokens(text: string): number {
  let sum = 0;
  let previous = BLANK;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 128) {
      const kind = KIND[unit] ?? BLANK;
      sum += COST[previous * KINDS + kind] ?? 0;
      previous = kind;
    } else {
      sum += unit < 0x2c00 ? UNIT : unit >= 0xac00 && unit <= 0xd7a3 ? HANGUL : WIDE;
      previous = BLANK;
    }
  }
  return sum / UNIT;
}

/** Costs are counted in 64ths of a token, so that sums of any length are exact. */
const UNIT = 64;
/** From the East Asian scripts on: one token in a WordPiece vocabulary, up to two or three in a byte-level one. */
const WIDE = 2 * UNIT;
/** A Hangul syllable is taken apart into two or three letters before it is looked up. */
const HANGUL = 3 * UNIT;

/** Kinds of ASCII characters: 0..25 letters of either case, then these. */
const DIGIT = 26;
const PUNCTUATION = 27;
const BLANK = 28;
const KINDS = 29;

/**
 * How likely a WordPiece vocabulary tears two letters apart, from `a` (1 in 16) to `p` (always), a row for each first
 * letter: the share of distinct words with the pair, in open source code of five languages, times 2;
 * after an `x` the hexadecimal digits always, for the sake of `\xa0`.
 */
const TEARS: readonly string[] = [
  "pimgpjnpknkcgdpmpddfkmneen",
  "jkmpclpneppcomepphmpdpppcp",
  "ckmnbppcipbgppcppfndgpppko",
  "ipppgppphpppppipppjpjpppfp",
  "gppekppppppgpfpppdffpmpjcp",
  "dhfpceppcpmfhpcppemhdpppbp",
  "cjppcpndippppceppglnipppdp",
  "cpppdpppdpppppfppppggpppkp",
  "aocfelopppjkfbbfolcfpfpopi",
  "bpppapppcphpkhapppmpbppppp",
  "ipppippohpppppppppkpnpppfp",
  "ippicpppjpehpphpppmhppppcp",
  "enjpdplpeppfppdnpphpfppnbp",
  "hpogepbplpfpppgpppkhkpppgp",
  "mkopplhplpeeeaphpcieglcgmp",
  "dpmncpofkppfnpegpehldppppp",
  "ppppppppdpppppppppppappppp",
  "eppicpppgpfpimepppljgpppep",
  "hppphppilpoppplpppiimppppp",
  "gpppfppigpppppgppmjpnpppfp",
  "cjjdbponhpmgefphpdbhpppjpp",
  "bpgnbpppcppppmcppifpepppfp",
  "cppncpkodpkppgcppdmmoppplp",
  "ppppppppjpppippppppkpppldp",
  "jppppppppppppjphpppppppppp",
  "appkappjepppppppppppjpppck",
];

const KIND = kinds();
const COST = costs();

function kinds(): Uint8Array {
  const table = new Uint8Array(128).fill(BLANK);
  for (let unit = 33; unit < 128; unit += 1) table[unit] = PUNCTUATION;
  for (let unit = 48; unit < 58; unit += 1) table[unit] = DIGIT;
  for (let letter = 0; letter < 26; letter += 1) table[65 + letter] = table[97 + letter] = letter;
  return table;
}

/** The cost of a character by the kind of the one before it and its own. */
function costs(): Uint8Array {
  const table = new Uint8Array(KINDS * KINDS).fill(UNIT);
  for (let previous = 0; previous < KINDS; previous += 1) {
    table[previous * KINDS + BLANK] = 1;
    for (let letter = 0; letter < 26 && previous < 26; letter += 1) {
      const level = (TEARS[previous]?.charCodeAt(letter) ?? 112) - 96;
      table[previous * KINDS + letter] = (level * UNIT) / 16;
    }
  }
  return table;
}
