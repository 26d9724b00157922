import { UserError } from "../errors.ts";

/** What the value of a flag may be. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whether parts of one count; default: whole numbers only. */
  readonly fractions?: boolean;
  /** What it is, for the message: `a port`, `a number of days`. */
  readonly what: string;
}

/**
 * The number that a flag was given, in plain decimal digits. Everything else is refused: `Number` takes the empty text of
 * an unset shell variable for 0, and `0x10` for 16.
 * @throws UserError `request.bad-arguments` naming verb, flag and value.
 */
export function numberOf(verb: string, flag: string, value: string, range: NumberRange): number {
  const { min, max, fractions = false, what } = range;
  const number = (fractions ? /^\d+(?:\.\d+)?$/ : /^\d+$/).test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  throw new UserError("request.bad-arguments", `${verb}: --${flag} ${JSON.stringify(value)} is not ${what} ${bounds}`);
}
