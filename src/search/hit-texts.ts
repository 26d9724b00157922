import type { ChunkHead, StoredChunk } from "../store/index-store.ts";
import type { RankedHit } from "./merge.ts";
import type { SearchStore } from "./search-store.ts";

/** A hit with the texts of its chunks. */
export type TextHit = RankedHit<StoredChunk>;

/** The chunks with their texts by id, without those that are gone since they were ranked. */
export async function textsOf(
  store: SearchStore,
  chunks: readonly ChunkHead[],
): Promise<ReadonlyMap<number, StoredChunk>> {
  return new Map((await store.chunks(chunks.map(({ id }) => id))).map((chunk) => [chunk.id, chunk]));
}

/** Gives the hits that are shown their texts. A hit whose lead is gone since it was ranked is gone too. */
export async function withTexts(store: SearchStore, hits: readonly RankedHit[]): Promise<TextHit[]> {
  const texts = await textsOf(
    store,
    hits.flatMap(({ chunks }) => chunks),
  );
  return hits.flatMap((hit) => {
    const lead = texts.get(hit.lead.id);
    if (lead === undefined) return [];
    return [{ ...hit, lead, chunks: hit.chunks.flatMap(({ id }) => texts.get(id) ?? []) }];
  });
}
