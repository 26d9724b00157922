import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { QdrantConnection } from "../../../src/store/qdrant/qdrant-client.ts";
import { restoreSnapshots, takeSnapshots } from "../../../src/store/qdrant/qdrant-snapshot.ts";
import { serverVersion } from "../../../src/store/qdrant/qdrant-version.ts";

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers what `own` says and sends all else to another host, and what came there. */
async function sendingElsewhere(status: number, own: Readonly<Record<string, unknown>> = {}) {
  const stolen: string[] = [];
  const elsewhere = await listening((request, response) => {
    stolen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers["api-key"])}`);
    request.resume();
    response.setHeader("content-type", "application/json").end('{"result":true,"status":"ok","time":0}');
  });
  const url = await listening((request, response) => {
    request.resume();
    request.once("end", () => {
      const answer = own[`${request.method} ${request.url?.split("?", 1)[0]}`];
      if (answer === undefined) response.writeHead(status, { location: `${elsewhere}${request.url}` }).end();
      else response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
  });
  const connection = new QdrantConnection({ url, apiKey: "a-secret", retryMs: 1, timeoutMs: 5000 });
  return { connection, stolen, url };
}

const CALLS: readonly (readonly [string, (connection: QdrantConnection) => Promise<unknown>])[] = [
  ["a list", (connection) => connection.send((client) => client.getCollections())],
  ["a deletion", (connection) => connection.send((client) => client.deleteCollection("c"))],
  [
    "points with what they say",
    (connection) =>
      connection.send((client) => client.upsert("c", { points: [{ id: 1, vector: [1], payload: { text: "mine" } }] })),
  ],
  ["a call of its generated API", (connection) => connection.send((client) => client.api().clusterStatus({}))],
  ["a request to one node", (connection) => connection.sendTo(connection.url, (client) => client.getCollections())],
  ["a search", (connection) => connection.query("c", { query: [1] })],
  ["a page", (connection) => connection.post("/collections/c/points/scroll", {})],
  ["a look at the version", (connection) => serverVersion(connection)],
];

it.each(CALLS.flatMap(([what, call]) => [301, 302, 307, 308].map((status) => [what, status, call] as const)))(
  "follows no redirect of %s (%i): neither key nor text leaves for another host",
  async (_, status, call) => {
    const { connection, stolen } = await sendingElsewhere(status);
    await expect(call(connection)).rejects.toMatchObject({
      name: "UserError",
      hint: expect.stringContaining("QDRANT_URL") as string,
    });
    expect(stolen).toEqual([]);
  },
);

it("fetches and sends snapshots from and to their server only", async () => {
  const directory = await mkdtemp(join(tmpdir(), "codelab-redirect-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const own = {
    "GET /cluster": { result: { status: "disabled" }, status: "ok", time: 0 },
    "POST /collections/c/snapshots": { result: { name: "s.snapshot", size: 1 }, status: "ok", time: 0 },
    "DELETE /collections/c/snapshots/s.snapshot": { result: true, status: "ok", time: 0 },
    "GET /collections/c/exists": { result: { exists: false }, status: "ok", time: 0 },
  };
  const { connection, stolen } = await sendingElsewhere(307, own);
  await expect(takeSnapshots(connection, "c", directory)).rejects.toMatchObject({ name: "UserError" });
  await writeFile(join(directory, "c.snapshot"), "bytes");
  const snapshot = { collection: "c", file: "c.snapshot", sha256: "" };
  await expect(restoreSnapshots(connection, [snapshot], directory)).rejects.toMatchObject({ name: "UserError" });
  expect(stolen).toEqual([]);
});
