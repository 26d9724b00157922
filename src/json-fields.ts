/** A field of an object of unknown shape; undefined where there is none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** A field that must be a list; empty where there is none. @throws TypeError when it is something else. */
export function listField(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name) ?? [];
  if (!Array.isArray(found)) throw new TypeError(`"${name}" is no list`);
  return found;
}

/** A field as text; empty where there is none. */
export function textField(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}

/** A field as a count; 0 where there is none. */
export function countField(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === "number" && found >= 0 ? found : 0;
}
