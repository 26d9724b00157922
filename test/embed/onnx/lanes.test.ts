import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLanes } from "../../../src/embed/onnx/lanes.ts";

describe("createLanes", () => {
  it("lets callers take turns and keeps each caller's order", () => {
    const lanes = createLanes<string>();
    const [a, b] = [{}, {}];
    for (const item of ["a1", "a2", "a3"]) lanes.add(item, a);
    for (const item of ["b1", "b2"]) lanes.add(item, b);
    expect(Array.from({ length: 6 }, () => lanes.nextBulk())).toEqual(["a1", "b1", "a2", "b2", "a3", undefined]);
  });

  it("keeps urgent items apart and puts back at the front", () => {
    const lanes = createLanes<string>();
    const caller = {};
    lanes.add("slow", caller);
    lanes.add("query", null);
    lanes.putBack("again", caller);
    expect(lanes.nextUrgent()).toBe("query");
    expect(lanes.nextUrgent()).toBeUndefined();
    expect([lanes.nextBulk(), lanes.nextBulk()]).toEqual(["again", "slow"]);
  });

  it("counts what waits, whatever is done to it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("add", "back", "urgent", "bulk", "remove"), fc.nat(3))),
        (steps) => {
          const lanes = createLanes<object>();
          const callers = [null, {}, {}, {}];
          const inside = new Set<object>();
          for (const [step, which] of steps) {
            const caller = callers[which] ?? null;
            const item = {};
            if (step === "add") lanes.add(item, caller);
            else if (step === "back") lanes.putBack(item, caller);
            if (step === "add" || step === "back") inside.add(item);
            const taken = step === "urgent" ? lanes.nextUrgent() : step === "bulk" ? lanes.nextBulk() : undefined;
            if (taken !== undefined) inside.delete(taken);
            const [some] = inside;
            if (step === "remove" && some !== undefined) {
              lanes.remove(some);
              inside.delete(some);
            }
            expect(lanes.waiting).toBe(inside.size);
          }
          expect(new Set(lanes.drain())).toEqual(inside);
          expect(lanes.waiting).toBe(0);
        },
      ),
    );
  });
});
