import { describe, expect, it } from "vitest";
import { DEFAULT_MODEL, modelNamed, MODELS } from "../../src/embed/catalogue.ts";
import { fingerprintOf, processorShare } from "../../src/embed/onnx-embedder.ts";

describe("catalogue", () => {
  it("pins every file by a checksum", () => {
    for (const { weights, tokenizer, mirrors } of MODELS) {
      for (const file of [weights, tokenizer]) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      for (const { integrity } of mirrors) expect(integrity).toMatch(/^sha512-/);
    }
  });

  it("finds models by name and alias, whatever the case", () => {
    expect(modelNamed("JINA-code-v2")).toMatchObject({ name: "jina-embeddings-v2-base-code", dimensions: 768 });
    expect(modelNamed(DEFAULT_MODEL).mirrors).not.toEqual([]);
    const names = MODELS.flatMap(({ name, aliases }) => [name, ...aliases].map((each) => each.toLowerCase()));
    expect(new Set(names).size).toBe(names.length);
  });

  it("names the known ones when asked for another", () => {
    expect(() => modelNamed("bert")).toThrow(expect.objectContaining({ code: "embedding.unknown-model" }));
  });

  it("gives every model a space of its own", () => {
    expect(new Set(MODELS.map(fingerprintOf)).size).toBe(MODELS.length);
    const [model] = MODELS;
    if (model) expect(fingerprintOf({ ...model, queryPrefix: "query: " })).not.toBe(fingerprintOf(model));
  });
});

describe("processorShare", () => {
  it.each([
    [{}, 1, { workers: 1, threads: 1 }],
    [{}, 2, { workers: 2, threads: 1 }],
    [{}, 8, { workers: 4, threads: 2 }],
    [{ threads: 2 }, 2, { workers: 1, threads: 2 }],
    [{ threads: 8 }, 4, { workers: 1, threads: 8 }],
    [{ workers: 1 }, 4, { workers: 1, threads: 4 }],
  ])("%j on %i cores", (asked, cores, share) => {
    expect(processorShare(asked, 30e6, cores)).toEqual(share);
  });

  it("holds a large model once", () => {
    expect(processorShare({}, 160e6, 4)).toEqual({ workers: 1, threads: 4 });
  });
});
