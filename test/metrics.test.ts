import { describe, expect, it } from "vitest";
import { createMetrics } from "../src/metrics.ts";

describe("createMetrics", () => {
  it("writes Prometheus's text format", () => {
    const metrics = createMetrics();
    const counter = metrics.counter("calls", "Calls made");
    counter.add();
    counter.add(2, { name: 'a"b\\c\n' });
    const histogram = metrics.histogram("seconds", "Time", [0.1, 1]);
    for (const value of [0.05, 0.5, 5]) histogram.observe(value);
    metrics.gauge("size", "Size", () => 7);
    metrics.gauge("sizes", "Sizes", () => [
      [{ of: "a" }, 1],
      [{ of: "b" }, 2],
    ]);
    expect(metrics.text()).toBe(
      [
        "# HELP calls Calls made",
        "# TYPE calls counter",
        "calls 1",
        'calls{name="a\\"b\\\\c\\n"} 2',
        "# HELP seconds Time",
        "# TYPE seconds histogram",
        'seconds_bucket{le="0.1"} 1',
        'seconds_bucket{le="1"} 2',
        'seconds_bucket{le="+Inf"} 3',
        "seconds_sum 5.55",
        "seconds_count 3",
        "# HELP size Size",
        "# TYPE size gauge",
        "size 7",
        "# HELP sizes Sizes",
        "# TYPE sizes gauge",
        'sizes{of="a"} 1',
        'sizes{of="b"} 2',
        "",
      ].join("\n"),
    );
  });
});
