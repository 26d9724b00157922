/**
 * How much of the path that a query gives a file's path contains, 0..1: the longest run of its components that ends the
 * file's path or stands within it. 0 when the query gives no path.
 */
export function pathMatch(path: string, asked: readonly string[]): number {
  if (asked.length === 0) return 0;
  const parts = path.toLowerCase().split("/");
  const whole = `/${parts.join("/")}/`;
  for (let length = asked.length; length > 0; length--) {
    // The last components say most: `src/app.ts` is about `app.ts`, wherever `src` stands.
    if (whole.includes(`/${asked.slice(-length).join("/")}/`)) return length / asked.length;
  }
  return 0;
}
