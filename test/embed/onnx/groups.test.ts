import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCELERATOR_GROUPS, PROCESSOR_GROUPS, takeGroup } from "../../../src/embed/onnx/groups.ts";
import { createLanes } from "../../../src/embed/onnx/lanes.ts";
import type { Task } from "../../../src/embed/onnx/pool-worker.ts";

const task = (id: number, characters: number): Task => ({
  id,
  text: "x".repeat(characters),
  caller: {},
  overflow: "window",
  attempts: 0,
  resolve: () => {},
  reject: () => {},
});

/** All groups, in order, when so many threads share texts of these lengths. */
function groupsOf(lengths: readonly number[], threads: number, bounds = PROCESSOR_GROUPS.bulk): number[][] {
  const lanes = createLanes<Task>();
  const caller = {};
  for (const [id, characters] of lengths.entries()) lanes.add({ ...task(id, characters), caller }, caller);
  const groups: number[][] = [];
  while (lanes.waiting > 0)
    groups.push(takeGroup(lanes, "bulk", { waiting: lanes.waiting, threads }, bounds).map(({ text }) => text.length));
  return groups;
}

describe("takeGroup", () => {
  it("takes every text once and in order, whatever their lengths", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6_000), { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (lengths, threads) => {
        const groups = groupsOf(lengths, threads);
        expect(groups.flat()).toEqual(lengths);
        for (const group of groups) {
          expect(group.length).toBeLessThanOrEqual(PROCESSOR_GROUPS.bulk.most);
          const characters = group.reduce((sum, length) => sum + length, 0);
          if (group.length > 1) expect(characters).toBeLessThanOrEqual(4_000);
        }
      }),
    );
  });

  it("answers a batch of an editor in few groups, which get smaller to the end", () => {
    const groups = groupsOf(
      Array.from({ length: 60 }, () => 700),
      2,
    );
    expect(groups.length).toBeLessThan(20);
    expect(groups[0]).toHaveLength(5);
    expect(groups.slice(-3).map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  it("leaves a long text alone: nobody waits for it to be told of a short one", () => {
    expect(groupsOf([10, 10, 50_000, 10, 10, 10, 10, 10], 1)).toContainEqual([50_000]);
  });

  it("answers queries one by one until many wait", () => {
    const lanes = createLanes<Task>();
    for (let id = 0; id < 60; id += 1) lanes.add({ ...task(id, 20), caller: null }, null);
    const take = (waiting: number) => takeGroup(lanes, "urgent", { waiting, threads: 2 }, PROCESSOR_GROUPS.urgent);
    expect(take(4)).toHaveLength(1);
    expect(take(59)).toHaveLength(4);
  });

  it("gives a device that computes many at once enough of them", () => {
    const lengths = Array.from({ length: 600 }, () => 700);
    expect(groupsOf(lengths, 1, ACCELERATOR_GROUPS.bulk)[0]).toHaveLength(64);
  });

  it("puts nobody's texts together with another's, and gives each caller a turn", () => {
    const lanes = createLanes<Task>();
    const callers = [{}, {}, {}];
    for (let id = 0; id < 60; id += 1) {
      const caller = callers[id % 3] ?? {};
      lanes.add({ ...task(id, 10), caller }, caller);
    }
    const turns: number[] = [];
    while (lanes.waiting > 0) {
      const group = takeGroup(lanes, "bulk", { waiting: lanes.waiting, threads: 1 }, PROCESSOR_GROUPS.bulk);
      expect(new Set(group.map(({ caller }) => caller)).size).toBe(1);
      turns.push(callers.indexOf(group[0]?.caller ?? {}));
    }
    expect(turns.slice(0, 3)).toEqual([0, 1, 2]);
  });
});
