// What both sides of bench/engine.mjs index.
export const DIMENSIONS = 384;
export const WORDS = 50_000;
/** Seed of the clusters, and of the vectors that are indexed. */
export const SPACE = 5;
