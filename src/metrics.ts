/** Labels of one series, such as `{ model: "gte-small" }`. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(amount?: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** Counts and measures, readable in Prometheus's text format (version 0.0.4). */
export interface Metrics {
  counter(name: string, help: string): Counter;
  histogram(name: string, help: string, buckets: readonly number[]): Histogram;
  /** A value, or one for each set of labels, that is asked for when the metrics are read. */
  gauge(name: string, help: string, read: () => number | readonly (readonly [Labels, number])[]): void;
  /** All metrics as text. */
  text(): string;
}

/** Media type of `Metrics.text()`. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A registry of its own; nothing is shared between two. */
export function createMetrics(): Metrics {
  const families: (() => string[])[] = [];
  const family = (name: string, type: string, help: string, lines: () => string[]) => {
    families.push(() => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines()]);
  };
  return {
    counter(name, help) {
      const values = new Map<string, number>();
      family(name, "counter", help, () => Array.from(values, ([labels, value]) => `${name}${labels} ${value}`));
      return {
        add: (amount = 1, labels = {}) => {
          const key = format(labels);
          values.set(key, (values.get(key) ?? 0) + amount);
        },
      };
    },
    histogram(name, help, buckets) {
      const series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>();
      family(name, "histogram", help, () =>
        [...series.values()].flatMap((each) => histogramLines(name, buckets, each)),
      );
      return {
        observe: (value, labels = {}) => {
          const key = format(labels);
          const each = series.get(key) ?? { labels, counts: buckets.map(() => 0), sum: 0, count: 0 };
          series.set(key, each);
          each.sum += value;
          each.count += 1;
          for (let index = buckets.length - 1; value <= (buckets[index] ?? -Infinity); index -= 1) {
            each.counts[index] = (each.counts[index] ?? 0) + 1;
          }
        },
      };
    },
    gauge(name, help, read) {
      family(name, "gauge", help, () => {
        const value = read();
        return typeof value === "number"
          ? [`${name} ${value}`]
          : value.map(([labels, each]) => `${name}${format(labels)} ${each}`);
      });
    },
    text: () => `${families.flatMap((lines) => lines()).join("\n")}\n`,
  };
}

function histogramLines(
  name: string,
  buckets: readonly number[],
  { labels, counts, sum, count }: { labels: Labels; counts: readonly number[]; sum: number; count: number },
): string[] {
  const bucket = (le: string, value: number) => `${name}_bucket${format({ ...labels, le })} ${value}`;
  return [
    ...buckets.map((bound, index) => bucket(String(bound), counts[index] ?? 0)),
    bucket("+Inf", count),
    `${name}_sum${format(labels)} ${sum}`,
    `${name}_count${format(labels)} ${count}`,
  ];
}

function format(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escape(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
