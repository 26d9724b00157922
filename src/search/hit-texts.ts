import type { ChunkHead, StoredChunk } from "../store/index-store.ts";
import type { RankedChunk, RankedHit } from "./ranked-hit.ts";
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
export async function withTexts(store: SearchStore, hits: readonly RankedHit<RankedChunk>[]): Promise<TextHit[]> {
  return withChunks(hits, (ids) => store.chunks(ids));
}

/** The same for hits that are shown without: several times as fast. */
export async function withHeads(store: SearchStore, hits: readonly RankedHit<RankedChunk>[]): Promise<RankedHit[]> {
  return withChunks(hits, (ids) => store.heads(ids));
}

async function withChunks<Chunk extends ChunkHead>(
  hits: readonly RankedHit<RankedChunk>[],
  read: (ids: readonly number[]) => Promise<Chunk[]>,
): Promise<RankedHit<Chunk>[]> {
  const found = await read(hits.flatMap(({ chunks }) => chunks.map(({ id }) => id)));
  const byId = new Map(found.map((chunk) => [chunk.id, chunk]));
  return hits.flatMap((hit) => {
    const lead = byId.get(hit.lead.id);
    if (lead === undefined) return [];
    return [{ ...hit, lead, chunks: hit.chunks.flatMap(({ id }) => byId.get(id) ?? []) }];
  });
}
