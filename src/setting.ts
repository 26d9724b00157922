import { z } from "zod";

/** Yes or no, as environments write it. */
export const flag = z.union([
  z.boolean(),
  z.enum(["1", "true", "yes", "on", "0", "false", "no", "off"]).transform((text) => "1trueyeson".includes(text)),
]);
/**
 * A whole number within bounds: a number, or text of decimal digits, as environments and flags have it. What else
 * JavaScript would make a number of (`true`, `[7]`, `0x10`, blanks) is refused.
 */
export const whole = (min: number, max: number) =>
  z
    .union(
      [
        z.number(),
        z
          .string()
          .trim()
          .regex(/^[+-]?\d+$/)
          .transform(Number),
      ],
      "it must be a whole number",
    )
    .pipe(z.number().int().min(min).max(max));
/** Several words, in text separated by commas; empty ones do not count. */
export const words = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(","))])
  .transform((list) => list.map((word) => word.trim()).filter((word) => word !== ""));

/** Where a setting may come from, and what it means. */
export interface Setting {
  /** Environment variables, the first that is set wins. */
  readonly env: readonly string[];
  /** Name on the command line, where it has a flag. */
  readonly flag?: string;
  readonly description: string;
  /** Whether a project's own file may set it; what touches secrets, places or permissions may not. */
  readonly project: boolean;
  readonly secret?: boolean;
}
