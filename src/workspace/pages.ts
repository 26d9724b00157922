import { UserError } from "../errors.ts";

/** A cursor that carries a value back and forth without inviting anyone to build one. */
export function makeCursor(value: string): string {
  return Buffer.from(value, "utf8").toString("base64url");
}

/** The value in a cursor. Throws `request.invalid-cursor` for anything that `makeCursor` did not make. */
export function readCursor(cursor: string): string {
  const value = Buffer.from(cursor, "base64url").toString("utf8");
  if (value === "" || makeCursor(value) !== cursor) {
    throw new UserError("request.invalid-cursor", "That cursor was not given out here", {
      hint: "Pass on `nextCursor` of the answer before, unchanged.",
    });
  }
  return value;
}

/** A page's size within 1 and `max`. Throws `request.invalid-limit`. */
export function readLimit(limit: number | undefined, usual: number, max: number): number {
  const value = limit ?? usual;
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new UserError("request.invalid-limit", `limit must be a whole number from 1 to ${max}, not ${value}`);
  }
  return value;
}
