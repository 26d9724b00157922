import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, openAsBlob } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../errors.ts";
import type { QdrantConnection } from "./qdrant-client.ts";

/** One node's part of a collection, in a file. */
export interface SnapshotFile {
  readonly collection: string;
  /** The node's place among the addresses. */
  readonly node: number;
  /** Name within the backup's directory. */
  readonly file: string;
  readonly sha256: string;
}

/** The sha256 of a file, hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * Takes a snapshot of a collection on every node that has an address, since each holds its own shards only, and fetches
 * it into `directory`. The server keeps none of them.
 * @throws UserError `store.corrupt` when what came is not what the server has written.
 */
export async function takeSnapshots(
  connection: QdrantConnection,
  collection: string,
  directory: string,
): Promise<SnapshotFile[]> {
  const files: SnapshotFile[] = [];
  for (const [node, url] of connection.nodes.entries()) {
    const made = await connection.sendTo(url, (client) => client.createSnapshot(collection, { wait: true }));
    if (made === null) throw new UserError("store.refused", `${url} made no snapshot of ${collection}.`);
    const { name, checksum } = made;
    try {
      const file = `${collection}.node${node + 1}.snapshot`;
      const address = `${url}/collections/${encodeURIComponent(collection)}/snapshots/${encodeURIComponent(name)}`;
      const answer = await fetch(address, { headers: connection.headers });
      if (!answer.ok || answer.body === null) {
        throw new UserError("store.unreachable", `${url} does not give its snapshot (${answer.status}).`);
      }
      await pipeline(Readable.fromWeb(answer.body), createWriteStream(path.join(directory, file)));
      const sha256 = await sha256Of(path.join(directory, file));
      if (typeof checksum === "string" && checksum !== sha256) {
        throw new UserError("store.corrupt", `The snapshot of ${collection} arrived damaged.`, { hint: "Try again." });
      }
      files.push({ collection, node, file, sha256 });
    } finally {
      await connection.sendTo(url, (client) => client.deleteSnapshot(collection, name, { wait: true }));
    }
  }
  return files;
}

/**
 * Brings back a collection that the server does not have, each node's part to the node of the same place. A collection
 * that exists may hold what others wrote since, and stays as it is. Returns whether anything was brought back.
 */
export async function restoreSnapshots(
  connection: QdrantConnection,
  snapshots: readonly SnapshotFile[],
  directory: string,
): Promise<boolean> {
  const [first] = snapshots;
  if (first === undefined || snapshots.length !== connection.nodes.length) return false;
  const { exists } = await connection.send((client) => client.collectionExists(first.collection));
  if (exists) return false;
  for (const { collection, node, file } of snapshots) {
    const body = new FormData();
    body.set("snapshot", await openAsBlob(path.join(directory, file)), file);
    const url = `${connection.nodes[node] ?? ""}/collections/${encodeURIComponent(collection)}/snapshots/upload`;
    const request = { method: "POST", body, headers: connection.headers };
    const answer = await fetch(`${url}?priority=snapshot&wait=true`, request);
    if (answer.ok) continue;
    const reason = (await answer.text()).slice(0, 300);
    throw new UserError("store.refused", `${url} does not take the snapshot (${answer.status}): ${reason}`);
  }
  return true;
}
