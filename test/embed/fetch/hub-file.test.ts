import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downloadFromHub } from "../../../src/embed/fetch/hub-file.ts";
import type { Progress } from "../../../src/embed/fetch/progress.ts";

const CONTENT = Buffer.from("weights ".repeat(4_000));
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");
const FILE = {
  bytes: CONTENT.length,
  sha256: SHA256,
  hub: { repository: "owner/model", revision: "abc123", path: "onnx/model.onnx" },
};

describe("downloadFromHub", () => {
  let home: string;
  let server: Server;
  let requests: IncomingMessage[];
  /** What the server sends; the range asked for is honoured. */
  let content: Buffer;
  let cutAfter: number | null;

  beforeEach(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "codelab-hub-"));
    [requests, content, cutAfter] = [[], CONTENT, null];
    server = createServer((request, response) => {
      requests.push(request);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      if (!request.url?.endsWith("/owner/model/resolve/abc123/onnx/model.onnx")) return response.writeHead(404).end();
      response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
      const body = content.subarray(from);
      if (cutAfter === null) return response.end(body);
      return response.write(
        body.subarray(0, cutAfter),
        () => void untilKept(cutAfter ?? 0).then(() => response.destroy()),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(home, { recursive: true, force: true });
  });

  /** Resolves when so many bytes have reached the disk: what is cut off before is lost, and not what is tested. */
  const untilKept = (bytes: number) =>
    expect
      .poll(async () => (await stat(path.join(home, "downloads", `${SHA256}.part`))).size, { timeout: 10_000 })
      .toBe(bytes);

  const download = (
    options: { token?: string; onProgress?: (progress: Progress) => void; file?: typeof FILE } = {},
  ) => {
    const { port } = server.address() as AddressInfo;
    return downloadFromHub(options.file ?? FILE, path.join(home, "model.onnx"), {
      partials: path.join(home, "downloads"),
      activity: "downloading",
      onProgress: options.onProgress,
      env: { HF_ENDPOINT: `http://127.0.0.1:${port}/`, ...(options.token ? { HF_TOKEN: options.token } : {}) },
    });
  };

  it("downloads, counts and checks", async () => {
    const seen: Progress[] = [];
    await download({ token: "secret", onProgress: (progress) => seen.push(progress) });
    expect(await readFile(path.join(home, "model.onnx"))).toEqual(CONTENT);
    expect(seen.at(-1)).toEqual({ activity: "downloading", done: CONTENT.length, total: CONTENT.length });
    expect(requests[0]?.headers.authorization).toBe("Bearer secret");
    expect(await readdir(path.join(home, "downloads"))).toEqual([]);
  });

  it("goes on where it was cut off", async () => {
    cutAfter = 1_000;
    await expect(download()).rejects.toMatchObject({ code: "embedding.download" });
    expect(await readdir(home)).toEqual(["downloads"]);
    cutAfter = null;
    await download();
    expect(requests[1]?.headers.range).toBe("bytes=1000-");
    expect(await readFile(path.join(home, "model.onnx"))).toEqual(CONTENT);
  });

  it("refuses other bytes and keeps none of them", async () => {
    content = Buffer.from(CONTENT).fill("x", 0, 4);
    await expect(download()).rejects.toMatchObject({ code: "embedding.checksum" });
    expect(await readdir(path.join(home, "downloads"))).toEqual([]);
    content = CONTENT;
    await download();
    expect(await readFile(path.join(home, "model.onnx"))).toEqual(CONTENT);
  });

  it("refuses more than was announced", async () => {
    content = Buffer.concat([CONTENT, Buffer.from("and more")]);
    await expect(download()).rejects.toMatchObject({ code: "embedding.download" });
  });

  it("starts over when what it has is too long to be a part", async () => {
    await download();
    await rm(path.join(home, "model.onnx"));
    await writeFile(path.join(home, "downloads", `${SHA256}.part`), Buffer.alloc(CONTENT.length + 9));
    await download();
    expect(requests[1]?.headers.range).toBeUndefined();
  });

  it("names the status of a refusal and how to go on", async () => {
    const file = { ...FILE, hub: { ...FILE.hub, path: "gone.onnx" } };
    await expect(download({ file })).rejects.toMatchObject({
      message: expect.stringContaining("404"),
      hint: expect.stringContaining("HF_ENDPOINT"),
    });
  });
});
