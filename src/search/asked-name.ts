import { partsOf, stemOf, wholeOf } from "../terms.ts";
import { ownName } from "./names.ts";
import type { QueryAnalysis } from "./query.ts";
import type { RankedHit } from "./ranked-hit.ts";

/**
 * The name defined in a hit that the query asks for: one that it writes, else the one of most words that it says every
 * word of. null where there is none. Small definitions share a chunk, which bears the name of one of them.
 */
export function askedName({ lead, chunks }: Pick<RankedHit, "lead" | "chunks">, query: QueryAnalysis): string | null {
  const own = lead.symbol === null ? [] : [ownName(lead.symbol)];
  const defined = new Set([...own, ...lead.defines, ...chunks.flatMap(({ defines }) => defines)]);
  let asked: string | null = null;
  let most = 0;
  for (const name of defined) {
    const said = saidOf(name, query);
    if (said > most) [asked, most] = [name, said];
  }
  return asked;
}

/**
 * What a hit is called: by its symbol, unless it has none or the query asks for another name in it. One word of a whole
 * question does not, where there is a symbol.
 */
export function symbolOf(hit: Pick<RankedHit, "lead" | "chunks">, query: QueryAnalysis): string | null {
  const { symbol } = hit.lead;
  const asked = askedName(hit, query);
  if (asked === null || symbol === null) return asked ?? symbol;
  const isStray = saidOf(asked, query) === 1 && query.stems.length > SHORT_QUERY;
  return ownName(symbol) === asked || isStray ? symbol : asked;
}

/**
 * How many words of a name the query says if it says all of them, else 0; more than any where it writes the name, the
 * most for the last one that it writes: `RouterGroup.Use` asks for `Use`.
 */
function saidOf(name: string, { identifiers, stems }: QueryAnalysis): number {
  const whole = wholeOf(name);
  const written = identifiers.findLastIndex((identifier) => identifier.whole === whole);
  if (written >= 0) return WRITTEN + written;
  const parts = partsOf(name);
  return parts.every((part) => stems.includes(stemOf(part))) ? parts.length : 0;
}

/** More than the words of any name. */
const WRITTEN = 1_000;
/** A receiver and a member, such as `c.JSON`. */
const SHORT_QUERY = 2;
