import { UserError } from "../../errors.ts";
import type { QdrantConnection } from "./qdrant-client.ts";
import type { CollectionSettings } from "./qdrant-collection.ts";
import type { IndexLabel } from "./qdrant-fill.ts";
import { match, scrollPages } from "./qdrant-scroll.ts";

/** One index on a server. */
export interface Tenant extends Partial<IndexLabel> {
  readonly tenant: string;
  readonly collection: string;
  /** Its embedder; null where it is searched by words alone. */
  readonly fingerprint: string | null;
  readonly dimensions: number | null;
}

/** The indexes whose labels are in the collections of this name. */
export async function listTenants(connection: QdrantConnection, { name = "codelab" }: CollectionSettings) {
  const { collections } = await connection.send((client) => client.getCollections());
  const tenants: Tenant[] = [];
  for (const collection of collections.map((each) => each.name).filter((each) => each.startsWith(`${name}_`))) {
    for await (const page of scrollPages({ connection, collection }, [match("record", "index")], { size: 256 })) {
      for (const { payload } of page) {
        const { project_id: tenant, label } = payload;
        if (typeof tenant !== "string" || typeof label !== "string") continue;
        tenants.push({ ...(JSON.parse(label) as Omit<Tenant, "tenant" | "collection">), tenant, collection });
      }
    }
  }
  return tenants;
}

/**
 * The index to fetch: the one asked for, or the one that has this label.
 * @throws UserError `store.not-found` when there is none, `store.ambiguous` when there are several.
 */
export function chooseTenant(
  tenants: readonly Tenant[],
  asked: string | undefined,
  { kind, root, host, file }: IndexLabel,
): Tenant {
  const isMine = (each: Tenant) => each.kind === kind && each.root === root && each.host === host;
  const alike = tenants.filter((each) => (asked === undefined ? isMine(each) : each.tenant === asked));
  const exact = alike.filter((each) => each.file === file);
  const found = exact.length === 1 ? exact : alike;
  const [first] = found;
  const list = tenants.map((each) => `${each.tenant} (${each.root ?? "?"} on ${each.host ?? "?"})`).join(", ");
  if (first !== undefined && found.length === 1) return first;
  const hint = tenants.length === 0 ? "Check QDRANT_URL and QDRANT_COLLECTION." : `Choose with --index: ${list}.`;
  if (first === undefined) throw new UserError("store.not-found", `The server has no index of ${root}.`, { hint });
  throw new UserError("store.ambiguous", `The server has ${found.length} indexes of ${root}.`, { hint });
}
