import type { Schemas } from "@qdrant/js-client-rest";
import type { QdrantConnection, SendOptions } from "./qdrant-client.ts";
import type { SyncTarget } from "./qdrant-sync.ts";

export type Condition = Schemas["FieldCondition"] | Schemas["HasVectorCondition"];

/** A point as the server gives it back. */
export interface StoredPoint {
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly vector: unknown;
}

export interface ScrollOptions {
  /** Points per page. */
  readonly size: number;
  /** Default true. */
  readonly payload?: boolean;
  /** Whether dense vectors come too; default false. */
  readonly vectors?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** All points that fulfil every condition, page by page in the order of their ids. */
export async function* scrollPages(
  { connection, collection }: Pick<SyncTarget, "connection" | "collection">,
  must: readonly Condition[],
  { size, payload = true, vectors = false, signal }: ScrollOptions,
): AsyncGenerator<StoredPoint[]> {
  let offset: string | number | undefined;
  do {
    const request = {
      filter: { must: Array.from(must) },
      limit: size,
      with_payload: payload,
      with_vector: vectors ? ["dense"] : [],
      ...(offset === undefined ? {} : { offset }),
    };
    const page = await scroll(connection, collection, request, { signal });
    yield page.points.map((point) => ({ id: String(point.id), payload: point.payload ?? {}, vector: point.vector }));
    const next = page.next_page_offset;
    offset = typeof next === "string" || typeof next === "number" ? next : undefined;
  } while (offset !== undefined);
}

/** One page of points. */
export function scroll(
  connection: QdrantConnection,
  collection: string,
  request: Schemas["ScrollRequest"],
  options: SendOptions,
): Promise<Schemas["ScrollResult"]> {
  return connection.post(`/collections/${encodeURIComponent(collection)}/points/scroll`, request, options);
}

/** The condition that a payload field has this value, or one of these. */
export function match(key: string, value: string | readonly string[]): Condition {
  return { key, match: typeof value === "string" ? { value } : { any: Array.from(value) } };
}
