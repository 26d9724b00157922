/** Texts of many kinds and lengths by which a rewritten graph is compared with its original. */
export const PROBES: readonly string[] = [
  "parse a date",
  "Where is the retry delay computed, and what happens when the server sends Retry-After?",
  "export function clamp(value: number, low: number, high: number): number {\n  return Math.min(high, Math.max(low, value));\n}",
  "def read_lines(path):\n    with open(path, encoding='utf-8') as handle:\n        return [line.rstrip('\\n') for line in handle]",
  "SELECT user_id, count(*) AS orders FROM orders WHERE created_at > now() - interval '7 days' GROUP BY user_id HAVING count(*) > 3;",
  "impl<T: Ord> Heap<T> {\n    pub fn push(&mut self, item: T) {\n        self.items.push(item);\n        let last = self.items.len() - 1;\n        self.sift_up(last);\n    }\n}",
  "The migration failed halfway because the second index was built without a lock; we rolled back by hand and added a check.",
  "x",
  '{"name":"probe","version":"1.0.0","dependencies":{"left":"^2.1.0"}}',
  "func (c *Cache) Get(key string) (value []byte, ok bool) {\n\tc.mu.RLock()\n\tdefer c.mu.RUnlock()\n\tentry, ok := c.entries[key]\n\tif !ok || time.Now().After(entry.expires) {\n\t\treturn nil, false\n\t}\n\treturn entry.value, true\n}",
  "Größe, größer, am größten — naïve café, 日本語のコメント, комментарий",
  Array.from(
    { length: 40 },
    (_, line) => `  totals[${line}] = sum(rows, (row) => row.column${line} * weights[${line}]);`,
  ).join("\n"),
];
