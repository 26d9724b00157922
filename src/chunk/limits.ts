import type { ChunkLimit } from "./chunk.ts";
import { boundTokens } from "./token-bound.ts";

/** The widest input of the small embedders is 512 tokens; two of them are the marks around each text. */
export const DEFAULT_LIMIT: ChunkLimit = { maxTokens: 510, measure: boundTokens };

/** Merged siblings stop growing here: below the maximum, so that one vector does not stand for a whole screen of unlike things. */
export const TARGET_SHARE = 0.7;

/** A definition at least this large is worth a chunk of its own; smaller ones share a chunk with their siblings. */
export const STANDING_SHARE = 0.35;

/** Whatever is smaller than this (a closing brace, a class's head) joins a neighbour, whoever that is. */
export const CRUMB_SHARE = 0.1;

/** Longer texts are not parsed: they are generated or data, and a parse takes fifty times their size in memory that is never returned. */
export const MAX_PARSED_LENGTH = 1_500_000;

/** A text whose lines are on average longer than this is minified: its lines hold no structure worth a parse. */
export const MAX_MEAN_LINE = 400;
