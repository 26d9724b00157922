// Made-up projects: words and clusters follow Zipf's law as those of real code do, and depend on the seed alone.
import { createHash } from "node:crypto";

/** A small fast generator of numbers in [0, 1) (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws 0..count-1, the n-th about 1/n^1.15 as often as the first: as steep as the identifiers of real code are. */
export function zipf(count, next) {
  const sums = new Float64Array(count);
  for (let n = 0, sum = 0; n < count; n++) sums[n] = sum += (n + 1) ** -1.15;
  return () => {
    const wanted = next() * sums[count - 1];
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const SYLLABLES =
  "ba be bi bo ca ce co da de di do fa fe fi ga go ka la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se so ta te ti to va ve vi wa".split(
    " ",
  );

export function vocabulary(size, next) {
  const words = new Set();
  while (words.size < size) {
    let word = "";
    for (let syllables = 2 + Math.floor(next() * 3); syllables > 0; syllables--)
      word += SYLLABLES[Math.floor(next() * SYLLABLES.length)];
    words.add(word);
  }
  return Array.from(words);
}

/** Sources of ten chunks of about 1 kB. */
export function* sources(count, seed, words) {
  const next = random(seed);
  const draw = zipf(words.length, next);
  const identifier = () => {
    const parts = next();
    const first = words[draw()];
    if (parts < 0.9) return first;
    const second = words[draw()];
    return first + second[0].toUpperCase() + second.slice(1);
  };
  for (let file = 0; file < count / 10; file++) {
    const path = `src/${words[draw()]}/${words[draw()]}/file${file}.ts`;
    const chunks = Array.from({ length: 10 }, (_, index) => {
      let text = "";
      while (text.length < 1000) text += `${identifier()}${next() < 0.1 ? ";\n  " : " "}`;
      const symbol = `${identifier()}.${identifier()}`;
      return {
        startLine: 1 + 20 * index,
        endLine: 20 + 20 * index,
        text,
        language: "typescript",
        kind: "function",
        symbol,
        defines: [symbol],
        vectorKey: createHash("sha256").update(text).digest("hex"),
        embedText: null,
        session: null,
      };
    });
    yield {
      state: {
        path,
        size: 10_000,
        mtimeMs: file,
        inode: file,
        hash: String(file),
        language: "typescript",
        chunker: "1",
        skipped: null,
      },
      chunks,
    };
  }
}

/**
 * Unit vectors in 2,000 clusters of Zipf sizes, whose spread lies in a quarter of the dimensions. `space` decides the
 * clusters, `seed` the vectors drawn from them.
 */
export function vectorMaker(dimensions, space, seed) {
  let next = random(space);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const latent = Math.floor(dimensions / 4);
  const basis = Float32Array.from({ length: latent * dimensions }, normal);
  const centres = Array.from({ length: 2000 }, () => Float32Array.from({ length: latent }, normal));
  next = random(seed);
  const draw = zipf(centres.length, () => next());
  return () => {
    const centre = centres[draw()];
    const vector = new Float32Array(dimensions);
    for (let axis = 0; axis < latent; axis++) {
      const along = centre[axis] + 0.7 * normal();
      const start = axis * dimensions;
      for (let component = 0; component < dimensions; component++)
        vector[component] += along * basis[start + component];
    }
    const length = Math.sqrt(vector.reduce((sum, component) => sum + component * component, 0));
    return vector.map((component) => component / length);
  };
}

/**
 * The same kind of vectors at a thirtieth of the time, for millions: what is added to a cluster's centre is mixed from four of
 * 4,096 spreads drawn beforehand. `reseed` begins another draw from the same clusters.
 */
export function quickVectorMaker(dimensions, space, seed) {
  const normal = (next) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  let next = random(space);
  const latent = Math.floor(dimensions / 4);
  const basis = Float32Array.from({ length: latent * dimensions }, () => normal(next));
  const project = () => {
    const vector = new Float32Array(dimensions);
    for (let axis = 0; axis < latent; axis++) {
      const along = normal(next);
      for (let n = 0; n < dimensions; n++) vector[n] += along * basis[axis * dimensions + n];
    }
    return vector;
  };
  const centres = Array.from({ length: 2000 }, project);
  const spreads = Array.from({ length: 4096 }, project);
  next = random(seed);
  const draw = zipf(centres.length, () => next());
  const make = () => {
    const vector = centres[draw()].slice();
    for (let part = 0; part < 4; part++) {
      const spread = spreads[Math.floor(next() * spreads.length)];
      const along = 0.35 * normal(next);
      for (let n = 0; n < dimensions; n++) vector[n] += along * spread[n];
    }
    let square = 0;
    for (let n = 0; n < dimensions; n++) square += vector[n] * vector[n];
    const length = Math.sqrt(square);
    for (let n = 0; n < dimensions; n++) vector[n] /= length;
    return vector;
  };
  return Object.assign(make, { reseed: (other) => void (next = random(other)) });
}
