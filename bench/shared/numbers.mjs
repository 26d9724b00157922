/** The upper one of the two in the middle, where there are two. */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** To so many digits after the point, as a number. */
export function round(value, digits = 2) {
  return Number(value.toFixed(digits));
}

/** Median, 95th and 99th percentile and the largest of some times, to hundredths. */
export function percentiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Seconds since a moment of `performance.now()`. */
export function secondsSince(started) {
  return (performance.now() - started) / 1_000;
}

/** Milliseconds of processor time of this process since a `process.cpuUsage()`. */
export function cpuMsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
