import fc from "fast-check";
import { expect, it } from "vitest";
import type { IndexBatch } from "../../src/store/index-store.ts";
import { keyOf, makeChunk, makeState, makeVector } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

const path = fc.constantFrom("a.ts", "b.ts", "c/d.ts");
const text = fc.constantFrom("one", "two", "third", "four", "five");
const update = fc.record({ path, texts: fc.array(text, { maxLength: 5 }), keep: fc.nat(2), mtimeMs: fc.nat(9) });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ put: fc.array(update, { maxLength: 3 }), remove: fc.array(path, { maxLength: 1 }) }),
  },
  fc.constantFrom("embed" as const, "prune" as const, "reopen" as const),
);

it("holds what a map of texts would, whatever the order of changes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await using place = await TempStore.create();
      let store = await place.open();
      await store.useVectors("m", 16);
      const model = new Map<string, string[]>();
      const embedded = new Set<string>();
      for (const action of steps) {
        if (action === "reopen") store = await place.open();
        else if (action === "prune") {
          await store.pruneVectors();
          const used = new Set(Array.from(model.values()).flat());
          for (const known of embedded) if (!used.has(known)) embedded.delete(known);
        } else if (action === "embed") {
          const pending = await store.pendingVectors(2);
          const vectors = pending.map(({ vectorKey, text: body }) => ({ vectorKey, vector: makeVector(body, 16) }));
          await store.putVectors(vectors);
          for (const { text: body } of pending) embedded.add(body);
        } else {
          await store.apply(batchOf(action));
          for (const gone of action.remove) model.delete(gone);
          for (const { path: file, texts, keep } of action.put) {
            model.set(file, [...(model.get(file) ?? []).slice(0, keep), ...texts]);
          }
        }
        const used = new Set(Array.from(model.values()).flat());
        for (const [file, texts] of model) {
          expect((await store.chunksOf(file)).map((chunk) => chunk.text)).toEqual(texts);
        }
        expect(Array.from((await store.sources()).keys()).toSorted()).toEqual(Array.from(model.keys()).toSorted());
        expect(await store.stats()).toMatchObject({
          files: model.size,
          chunks: Array.from(model.values()).flat().length,
          texts: used.size,
          embedded: Array.from(used).filter((body) => embedded.has(body)).length,
        });
        const pending = (await store.pendingVectors(100)).map(({ vectorKey }) => vectorKey).toSorted();
        const missing = Array.from(used).filter((body) => !embedded.has(body));
        expect(pending).toEqual(missing.map(keyOf).toSorted());
        for (const body of ["one", "two", "third"]) {
          const count = Array.from(model.values())
            .flat()
            .filter((other) => other === body).length;
          expect(await store.searchLexical({ terms: [{ text: body }], limit: 50 })).toHaveLength(count);
          const near = await store.searchVector(makeVector(body, 16), 50);
          const best = (await store.chunks(near.slice(0, count).map(({ id }) => id))).map((chunk) => chunk.text);
          if (embedded.has(body)) expect(best).toEqual(Array.from({ length: count }, () => body));
        }
      }
    }),
    { numRuns: 25 },
  );
});

function batchOf(action: {
  readonly put: readonly { path: string; texts: readonly string[]; keep: number; mtimeMs: number }[];
  readonly remove: readonly string[];
}): IndexBatch {
  return {
    put: action.put.map(({ path: file, texts, keep, mtimeMs }) => ({
      state: makeState(file, { mtimeMs }),
      chunks: texts.map((body) => makeChunk(body)),
      keep,
    })),
    remove: action.remove,
    touch: [],
  };
}
