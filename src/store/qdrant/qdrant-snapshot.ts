import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, openAsBlob } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../errors.ts";
import type { QdrantConnection } from "./qdrant-client.ts";

/** A collection in a file. */
export interface SnapshotFile {
  readonly collection: string;
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
 * Takes a snapshot of a collection and fetches it into `directory`; the server does not keep it. Of a cluster none is taken: each
 * node's holds its own shards, and brought back they do not find to where a new collection has its shards. The books hold
 * everything, and are sent instead.
 * @throws UserError `store.corrupt` when what came is not what the server has written.
 */
export async function takeSnapshots(
  connection: QdrantConnection,
  collection: string,
  directory: string,
): Promise<SnapshotFile[]> {
  if (await isCluster(connection)) return [];
  const { url } = connection;
  const made = await connection.sendTo(url, (client) => client.createSnapshot(collection, { wait: true }));
  if (made === null) throw new UserError("store.refused", `${url} made no snapshot of ${collection}.`);
  const { name, checksum } = made;
  try {
    const file = `${collection}.snapshot`;
    const address = `${url}/collections/${encodeURIComponent(collection)}/snapshots/${encodeURIComponent(name)}`;
    const answer = await fetch(address, { headers: connection.headers, redirect: "manual" });
    if (!answer.ok || answer.body === null) {
      throw new UserError("store.unreachable", `${url} does not give its snapshot (${answer.status}).`);
    }
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(path.join(directory, file)));
    const sha256 = await sha256Of(path.join(directory, file));
    if (typeof checksum === "string" && checksum !== sha256) {
      throw new UserError("store.corrupt", `The snapshot of ${collection} arrived damaged.`, { hint: "Try again." });
    }
    return [{ collection, file, sha256 }];
  } finally {
    await connection.sendTo(url, (client) => client.deleteSnapshot(collection, name, { wait: true }));
  }
}

/**
 * Brings back a collection that the server does not have; one that exists may hold what others wrote since, and stays as it
 * is. Returns whether anything was brought back: not to a cluster, nor what several nodes wrote.
 */
export async function restoreSnapshots(
  connection: QdrantConnection,
  snapshots: readonly SnapshotFile[],
  directory: string,
): Promise<boolean> {
  const [first] = snapshots;
  if (first === undefined || snapshots.length > 1 || (await isCluster(connection))) return false;
  const { collection, file } = first;
  const { exists } = await connection.send((client) => client.collectionExists(collection));
  if (exists) return false;
  const body = new FormData();
  body.set("snapshot", await openAsBlob(path.join(directory, file)), file);
  const url = `${connection.url}/collections/${encodeURIComponent(collection)}/snapshots/upload`;
  const request: RequestInit = { method: "POST", body, headers: connection.headers, redirect: "manual" };
  const answer = await fetch(`${url}?priority=snapshot&wait=true`, request);
  if (answer.ok) return true;
  const reason = (await answer.text()).slice(0, 300);
  throw new UserError("store.refused", `${url} does not take the snapshot (${answer.status}): ${reason}`);
}

async function isCluster(connection: QdrantConnection): Promise<boolean> {
  if (connection.nodes.length > 1) return true;
  const { data } = await connection.send((client) => client.api().clusterStatus({}));
  const { result } = data;
  return result?.status === "enabled" && Object.keys(result.peers).length > 1;
}
