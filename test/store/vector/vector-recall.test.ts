import { expect, it } from "vitest";
import { keyOf, makeChunk, put, source } from "../../contract/make-chunks.ts";
import { TempStore } from "../temp-store.ts";

const DIMENSIONS = 256;
const LATENT = DIMENSIONS / 4;
const CLUSTERS = 200;
/** `CODELAB_RECALL=100000` proves it for as many vectors, in some minutes. */
const VECTORS = Number(process.env["CODELAB_RECALL"] ?? 6000);
const QUERIES = 40;

it.each([
  { space: "around nothing", common: 0 },
  // gte-small lays texts into one of 0.87; it is narrower here, since so few lie farther apart than many.
  { space: "in a narrow cone, as small models do", common: 0.97 },
])(
  `finds 98 of the 100 nearest of ${VECTORS} vectors in clusters of Zipf's sizes, as code has them, $space`,
  { timeout: 600_000 },
  async ({ common }) => {
    await using place = await TempStore.create();
    const store = await place.open();
    await store.useVectors("m", DIMENSIONS);
    const draw = vectorMaker(common);
    const vectors = Array.from({ length: VECTORS }, draw);
    for (let from = 0; from < VECTORS; from += 1000) {
      const part = vectors.slice(from, from + 1000).map((vector, n) => ({ vector, text: `text ${from + n}` }));
      await put(store, source(`${from}.ts`, ...part.map(({ text }) => makeChunk(text))));
      await store.putVectors(part.map(({ vector, text }) => ({ vectorKey: keyOf(text), vector })));
    }
    let found = 0;
    for (let n = 0; n < QUERIES; n++) {
      const query = draw();
      const cosines = vectors.map((vector) =>
        vector.reduce((sum, component, axis) => sum + component * (query[axis] ?? 0), 0),
      );
      const exact = Array.from(cosines.keys())
        .toSorted((a, b) => (cosines[b] ?? 0) - (cosines[a] ?? 0))
        .slice(0, 10);
      const hits = await store.searchVector(query, 10);
      const near = new Set((await store.chunks(hits.map(({ id }) => id))).map(({ text }) => text));
      found += exact.filter((slot) => near.has(`text ${slot}`)).length;
    }
    expect(found / (10 * QUERIES)).toBeGreaterThanOrEqual(0.98);
  },
);

/**
 * Unit vectors whose spread lies in a quarter of the dimensions; the n-th cluster is 1/n as large as the first. `common` is
 * the length of what all have in common.
 */
function vectorMaker(common: number): () => Float32Array {
  let state = 11;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const basis = Array.from({ length: LATENT }, () => Float32Array.from({ length: DIMENSIONS }, normal));
  const centres = Array.from({ length: CLUSTERS }, () => Float32Array.from({ length: LATENT }, normal));
  const middle = Float32Array.from({ length: DIMENSIONS }, normal);
  const middleLength = Math.hypot(...middle);
  return () => {
    // The inverse of the harmonic sum, nearly.
    const centre = centres[Math.floor(CLUSTERS ** next()) - 1] ?? new Float32Array();
    const vector = new Float32Array(DIMENSIONS);
    basis.forEach((axis, latent) => {
      const along = (centre[latent] ?? 0) + 0.7 * normal();
      for (let at = 0; at < DIMENSIONS; at++) vector[at] = (vector[at] ?? 0) + along * (axis[at] ?? 0);
    });
    const own = Math.hypot(...vector) / Math.sqrt(1 - common ** 2);
    const whole = vector.map((component, axis) => component / own + (common * (middle[axis] ?? 0)) / middleLength);
    const length = Math.hypot(...whole);
    return whole.map((component) => component / length);
  };
}
