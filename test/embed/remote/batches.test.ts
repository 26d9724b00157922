import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchesOf, piecesOf } from "../../../src/embed/remote/batches.ts";
import { createGate } from "../../../src/embed/remote/gate.ts";

describe("piecesOf and batchesOf", () => {
  it("lose nothing, keep order and heed the bounds", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(text),
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        (texts, longest, most) => {
          const pieces = piecesOf(texts, longest);
          expect(pieces.filter(({ content }) => content.length > longest + 1)).toEqual([]);
          expect(
            texts.map((_, index) =>
              pieces
                .filter((piece) => piece.text === index)
                .map((piece) => piece.content)
                .join(""),
            ),
          ).toEqual(texts);
          expect(pieces.filter(({ content }) => Buffer.from(content).toString() !== content)).toEqual([]);
          const batches = batchesOf(pieces, most, 50);
          expect(batches.flat()).toEqual(pieces);
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(most);
            expect(batch.length === 1 || batch.reduce((sum, { content }) => sum + content.length, 0) <= 50).toBe(true);
          }
        },
      ),
    );
  });
});

describe("createGate", () => {
  it("lets no more through than its width, and those who leave do not block it", async () => {
    const gate = createGate(2);
    let inside = 0;
    let most = 0;
    const task = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
    };
    const leaving = new AbortController();
    const tasks = Array.from({ length: 8 }, (_, index) => gate(task, index === 4 ? leaving.signal : undefined));
    leaving.abort(new Error("left"));
    const outcomes = await Promise.allSettled(tasks);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(most).toBe(2);
    await expect(gate(async () => Promise.reject(new Error("inner")))).rejects.toThrow("inner");
    expect(await gate(async () => "still open")).toBe("still open");
  });
});
