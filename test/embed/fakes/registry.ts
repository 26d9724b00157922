import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { create } from "tar";

export interface FakeRegistry {
  /** Environment that points npm's fetcher at this registry, with a cache of its own. */
  readonly env: NodeJS.ProcessEnv;
  readonly requests: string[];
  /** Publishes a package with these files; returns what identifies its tarball. */
  publish(
    name: string,
    version: string,
    files: Readonly<Record<string, string | Uint8Array>>,
  ): Promise<{ integrity: string; bytes: number }>;
  /** Changes the bytes that are served for a package, as a tampered mirror would. */
  tamper(name: string): void;
  close(): Promise<void>;
}

/** A package registry on a loopback port, with the two answers that fetching a tarball needs. */
export async function serveRegistry(): Promise<FakeRegistry> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "codelab-registry-"));
  const tarballs = new Map<string, Buffer>();
  const packuments = new Map<string, object>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? "").slice(1);
    requests.push(url);
    const tarball = tarballs.get(url);
    const packument = packuments.get(url);
    if (tarball) response.writeHead(200, { "content-type": "application/octet-stream" }).end(tarball);
    else if (packument) response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(packument));
    else response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = (name: string) => `${name.replace("/", "-")}.tgz`;
  return {
    env: {
      npm_config_registry: `${origin}/`,
      npm_config_cache: path.join(folder, "cache"),
      npm_config_userconfig: path.join(folder, "none"),
      npm_config_globalconfig: path.join(folder, "none"),
      HF_ENDPOINT: "http://127.0.0.1:9",
    },
    requests,
    async publish(name, version, files) {
      const source = await mkdtemp(path.join(folder, "source-"));
      for (const [inside, content] of Object.entries(files)) {
        const target = path.join(source, "package", inside);
        await mkdir(path.dirname(target), { recursive: true });
        await writeFile(target, content);
      }
      await create({ gzip: true, cwd: source, file: path.join(source, "package.tgz") }, ["package"]);
      const tarball = await readFile(path.join(source, "package.tgz"));
      tarballs.set(file(name), tarball);
      const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
      const dist = { tarball: `${origin}/${file(name)}`, integrity };
      packuments.set(name, {
        name,
        "dist-tags": { latest: version },
        versions: { [version]: { name, version, dist } },
      });
      return { integrity, bytes: tarball.length };
    },
    tamper: (name) => void tarballs.set(file(name), Buffer.from("something else")),
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
