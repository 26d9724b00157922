import { UserError } from "../errors.ts";
import { sha256 } from "../sha256.ts";

/** Deeper than any sensible call, shallow enough never to exhaust the stack. */
const MAX_DEPTH = 200;

/** The digest that an approval of these arguments is bound to: equal for equal JSON values, whatever their key order. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/**
 * JSON with sorted keys and no spaces. Properties that are `undefined` are left out, as JSON does.
 * Throws `request.too-deep` beyond 200 levels, and a TypeError for what is no JSON value.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH)
    throw new UserError("request.too-deep", `arguments are nested deeper than ${MAX_DEPTH} levels`);
  if (value === null) return "null";
  if (typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return writeArray(value, depth);
  if (typeof value === "object") return writeObject(value, depth);
  throw new TypeError(`no JSON value: ${typeof value}`);
}

function writeArray(items: readonly unknown[], depth: number): string {
  return `[${items.map((item) => (item === undefined ? "null" : write(item, depth + 1))).join(",")}]`;
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError("no JSON value: instance of a class");
  const members = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${JSON.stringify(key)}:${write(value, depth + 1)}`);
  return `{${members.join(",")}}`;
}
