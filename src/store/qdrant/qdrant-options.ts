import type { Logger } from "../../log.ts";
import type { QdrantServer } from "./qdrant-client.ts";
import type { CollectionSettings } from "./qdrant-collection.ts";
import type { IndexLabel } from "./qdrant-fill.ts";

/** Where an index on a Qdrant server is, and what it is known by there. */
export interface QdrantStoreOptions extends CollectionSettings {
  readonly server: QdrantServer;
  readonly log: Logger;
  /** Tells the points of this index from those of others in the same collection; default: drawn at random and kept in the books. */
  readonly tenant?: string;
  /** What people know the index by, kept beside its points. */
  readonly label?: IndexLabel;
  readonly now?: () => number;
}
