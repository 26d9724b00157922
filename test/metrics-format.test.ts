import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMetrics } from "../src/metrics.ts";

/** One sample of Prometheus's text format, version 0.0.4, read by its own grammar. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function read(text: string): Sample[] {
  expect(text.endsWith("\n")).toBe(true);
  const lines = text.slice(0, -1).split("\n");
  return lines.flatMap((line): Sample[] => {
    if (/^# (?:HELP|TYPE) [a-z_]+ \S/.test(line)) return [];
    const match = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(line);
    if (match === null) throw new Error(`no sample: ${line}`);
    const [, name = "", labels = "", value = ""] = match;
    const pairs = Array.from(labels.matchAll(/([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"/g), ([, key = "", each = ""]) => [
      key,
      each.replaceAll(/\\([\\"n])/g, (_, sign: string) => (sign === "n" ? "\n" : sign)),
    ]);
    const number =
      value === "+Inf" ? Number.POSITIVE_INFINITY : value === "-Inf" ? Number.NEGATIVE_INFINITY : Number(value);
    if (value !== "NaN") expect(number).not.toBeNaN();
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: number }];
  });
}

const label = fc.oneof(fc.string(), fc.constantFrom('a"b', "a\\", "\n", "a\nb", '\\"', "日本"));

describe("the text of metrics", () => {
  it("gives each series its sum, whatever its labels hold", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(label, fc.integer({ min: 0, max: 1_000 }))), (calls) => {
        const metrics = createMetrics();
        const counter = metrics.counter("calls_total", "Calls.");
        const sums = new Map<string, number>();
        for (const [model, amount] of calls) {
          counter.add(amount, { model });
          sums.set(model, (sums.get(model) ?? 0) + amount);
        }
        const samples = read(metrics.text());
        expect(new Map(samples.map(({ labels, value }) => [labels["model"], value]))).toEqual(sums);
      }),
    );
  });

  it("gives histograms that only grow from bound to bound, and end with all that was observed", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 }), (values) => {
        const metrics = createMetrics();
        const seconds = metrics.histogram("seconds", "Seconds.", [0.1, 1, 10]);
        for (const value of values) seconds.observe(value, { tool: 'a "b"' });
        const samples = read(metrics.text());
        const buckets = samples.filter(({ name }) => name === "seconds_bucket");
        expect(buckets.map(({ labels }) => labels["le"])).toEqual(["0.1", "1", "10", "+Inf"]);
        for (const { labels, value } of buckets) {
          const bound = labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels["le"]);
          expect(value).toBe(values.filter((each) => each <= bound).length);
        }
        expect(samples.find(({ name }) => name === "seconds_count")?.value).toBe(values.length);
        expect(samples.find(({ name }) => name === "seconds_sum")?.value).toBeCloseTo(
          values.reduce((a, b) => a + b, 0),
        );
      }),
    );
  });

  it("writes values as its readers do, also those that are no finite numbers", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const metrics = createMetrics();
        metrics.gauge("size", "Size.", () => value);
        expect(read(metrics.text())).toEqual([
          { name: "size", labels: {}, value: Object.is(value, -0) ? expect.anything() : value },
        ]);
      }),
    );
  });

  it("asks gauges when it is read, and keeps registries apart", () => {
    const metrics = createMetrics();
    let size = 1;
    metrics.gauge("size", "Size.", () => size);
    metrics.gauge("by_kind", "By kind.", () => [
      [{ kind: "a" }, size],
      [{ kind: "b" }, 0],
    ]);
    size = 7;
    expect(read(metrics.text()).map(({ value }) => value)).toEqual([7, 7, 0]);
    expect(createMetrics().text()).toBe("\n");
  });
});
