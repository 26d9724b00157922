import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PendingChanges } from "../../src/watch/pending-changes.ts";

/** Changes that come one after the other: of which path (null: nobody knows), and how many milliseconds after the last. */
const change = fc.record({
  path: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => `/p/f${n}`) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  after: fc.oneof(fc.nat(90), fc.nat(400), fc.constantFrom(0, 99, 100, 101, 1_000)),
});
const storm = fc
  .integer({ min: 450, max: 600 })
  .map((count) => Array.from({ length: count }, (_, n) => ({ path: `/s/f${n}`, after: 0 })));
const changes = fc.oneof(
  { weight: 9, arbitrary: fc.array(change, { maxLength: 60 }) },
  { weight: 1, arbitrary: storm },
);

interface Batch {
  readonly at: number;
  readonly paths: readonly string[] | null;
}

/** Lets the changes come, and takes each batch at the moment when it says that it is ready. */
function play(list: readonly { readonly path: string | null; readonly after: number }[]) {
  const clock = { ms: 5_000 };
  const pending = new PendingChanges(() => clock.ms);
  const batches: Batch[] = [];
  const seen: { readonly at: number; readonly path: string | null }[] = [];
  const takeUntil = (time: number) => {
    while (pending.readyAt <= time) {
      const at = Math.max(pending.readyAt, clock.ms);
      clock.ms = at;
      batches.push({ at, paths: pending.take() });
    }
    clock.ms = time;
  };
  for (const { path, after } of list) {
    takeUntil(clock.ms + after);
    pending.add(path);
    seen.push({ at: clock.ms, path });
  }
  takeUntil(clock.ms + 10_000);
  expect(pending.isWaiting).toBe(false);
  return { batches, seen };
}

describe("changes that come together", () => {
  it("are all in a batch that follows them, soon: none is lost, none waits for longer than a second", () => {
    fc.assert(
      fc.property(changes, (list) => {
        const { batches, seen } = play(list);
        for (const { at, path } of seen) {
          const next = batches.find(
            (batch) => batch.at >= at && (batch.paths === null || (path !== null && batch.paths.includes(path))),
          );
          expect(next).toBeDefined();
          expect((next?.at ?? Number.POSITIVE_INFINITY) - at).toBeLessThanOrEqual(1_000);
        }
      }),
    );
  });

  it("are told once, in batches that name nothing that did not change", () => {
    fc.assert(
      fc.property(changes, (list) => {
        const { batches, seen } = play(list);
        let from = Number.NEGATIVE_INFINITY;
        for (const { at, paths } of batches) {
          // What changed at the very moment of a batch may be in it or in the next.
          const since = seen.filter((each) => each.at >= from && each.at <= at);
          expect(since.length).toBeGreaterThan(0);
          if (paths !== null) {
            expect(new Set(paths).size).toBe(paths.length);
            for (const path of paths) expect(since.map((each) => each.path)).toContain(path);
            expect(paths.length).toBeLessThanOrEqual(500);
          }
          from = at;
        }
      }),
    );
  });

  it("make one batch while less than a tenth of a second lies between them, for a second at most", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(99), { minLength: 1, maxLength: 60 }), (gaps) => {
        const { batches } = play(gaps.map((after, index) => ({ path: `/f${index}`, after })));
        const lasted = gaps.slice(1).reduce((sum, gap) => sum + gap, 0);
        expect(batches.length).toBeLessThanOrEqual(1 + Math.ceil(lasted / 1_000));
        if (lasted < 900) expect(batches).toHaveLength(1);
      }),
    );
  });

  it("are a look at everything only when more than 500 came together, or nobody knew what changed", () => {
    fc.assert(
      fc.property(changes, (list) => {
        const { batches, seen } = play(list);
        const distinct = new Set(seen.map(({ path }) => path));
        if (!distinct.has(null) && distinct.size <= 500)
          expect(batches.every(({ paths }) => paths !== null)).toBe(true);
        if (batches.some(({ paths }) => paths === null)) expect(distinct.has(null) || distinct.size > 500).toBe(true);
      }),
    );
  });
});
