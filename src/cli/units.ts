/** Seconds in words, such as `4.5 s`, `3 min` or `1 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 89.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A moment (milliseconds since the epoch) in UTC to the second, and how long ago it was. */
export function formatMoment(at: number, now: number): string {
  const when = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const seconds = Math.max(0, (now - at) / 1000);
  const days = Math.floor(seconds / 86_400);
  return `${when}, ${days > 1 ? `${days} days` : formatDuration(seconds)} ago`;
}

/** Bytes in the unit a person would choose, such as `34.5 MB` (powers of ten). */
export function formatBytes(bytes: number): string {
  // Each unit ends where its last digit would round up to a thousand of it.
  if (bytes < 999.5) return `${Math.round(bytes)} B`;
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} kB`;
  if (bytes < 999_950_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

/** A count with its noun, such as `1 file` or `1,200 files`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
