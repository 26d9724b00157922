import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlanInput, planStore } from "../../src/store/plan.ts";
import { Sandbox } from "../e2e/run-cli.ts";

const GIB = 2 ** 30;
const inputs = fc.record({
  vectors: fc.integer({ min: 1, max: 1_000_000_000 }),
  dimensions: fc.integer({ min: 16, max: 4_096 }),
  replicas: fc.integer({ min: 1, max: 4 }),
  quantization: fc.constantFrom("int8", "binary", "none"),
} satisfies Record<keyof PlanInput, fc.Arbitrary<unknown>>);

describe("planStore", () => {
  it("repeats by hand what Qdrant's sizing says of ten million vectors of 768 dimensions", () => {
    const { copy, nodes, node, shards, parts, advice } = planStore({
      vectors: 10_000_000,
      dimensions: 768,
      replicas: 2,
      quantization: "int8",
    });
    // 7.68 GB int8, 1.54 graph, 0.52 ids, 4.8 words, 2.32 fields; and a fifth more.
    expect(copy.memory / 1e9).toBeCloseTo((7.68 + 1.536 + 0.52 + 4.8 + 2.32) * 1.2, 2);
    expect(parts.find(({ name }) => name.startsWith("vectors as sent"))).toMatchObject({ memory: 0, disk: 15.36e9 });
    expect({ nodes, shards, advice, memory: node.memory / GIB }).toEqual({
      nodes: 3,
      shards: 12,
      advice: "cluster",
      memory: 24,
    });
  });

  it("stays with one file while one file is enough, and with one server while one holds", () => {
    const advice = (vectors: number) =>
      planStore({ vectors, dimensions: 384, replicas: 1, quantization: "int8" }).advice;
    expect([10_000, 1_000_000, 3_000_000, 100_000_000].map(advice)).toEqual([
      "embedded",
      "embedded",
      "node",
      "cluster",
    ]);
  });

  it("never gives a node less than its share with room to spare, nor a second copy less than three nodes", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { copy, node, nodes, shards } = planStore(input);
        expect(node.memory * 0.75 * nodes).toBeGreaterThanOrEqual(copy.memory * input.replicas * 0.999);
        expect(node.disk * nodes).toBeCloseTo(copy.disk * input.replicas, -3);
        if (input.replicas > 1) expect(nodes).toBeGreaterThanOrEqual(3);
        expect(shards).toBeGreaterThanOrEqual(nodes > 1 ? 2 * nodes : 2);
      }),
    );
  });

  it("grows with everything that it is asked for", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const small = planStore(input);
        const more = planStore({ ...input, vectors: input.vectors * 2 });
        expect(more.copy.memory).toBeGreaterThan(small.copy.memory);
        expect(more.embedded.disk).toBeGreaterThan(small.embedded.disk);
        expect(more.coreHours.embed).toBeCloseTo(small.coreHours.embed * 2);
        const [none, int8, binary] = (["none", "int8", "binary"] as const).map((quantization) =>
          planStore({ ...input, quantization }),
        );
        expect(none?.copy.memory).toBeGreaterThan(int8?.copy.memory ?? 0);
        expect(int8?.copy.memory).toBeGreaterThan(binary?.copy.memory ?? 0);
      }),
    );
  });
});

describe("store plan", () => {
  it("prints the plan, in words and as JSON, with the replicas that are set", async () => {
    using sandbox = new Sandbox();
    const args = ["store", "plan", "--vectors", "10_000_000", "--dimensions", "768"];
    const { stdout } = await sandbox.run(args, { QDRANT_REPLICAS: "2" });
    expect(stdout).toMatch(/^10,000,000 vectors of 768 dimensions: a cluster/);
    expect(stdout).toMatch(/3 nodes with 24 GiB of memory and .* of disk each, 12 shards/);
    const told = await sandbox.json<{ nodes: number; vectors: number }>(args);
    expect(told).toMatchObject({ vectors: 10_000_000, nodes: 1 });
    expect((await sandbox.run(["store", "plan", "--vectors", "many"])).stderr).toMatch(
      /--vectors "many" is not a whole number/,
    );
  });
});
