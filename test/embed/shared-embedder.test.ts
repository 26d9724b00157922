import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createOnnxEmbedder, type OnnxEmbedder } from "../../src/embed/onnx-embedder.ts";
import { pullModel } from "../../src/embed/pull-model.ts";
import { type AnnouncedService, announcedServices, announceService } from "../../src/embed/service/announcement.ts";
import { createEmbeddingService, type EmbeddingService } from "../../src/embed/service/embedding-service.ts";
import { withSharedService } from "../../src/embed/shared-embedder.ts";
import { type HttpServer, listen } from "../../src/http.ts";
import type { PlainHandler } from "../../src/http-plain.ts";
import { createLogger } from "../../src/log.ts";
import { embedderContract } from "../contract/embedder.ts";
import { lendRuntime, tinyHub, tinySpec } from "./fakes/tiny-model.ts";

const log = createLogger("silent");
/** A process that lives and is not this one. */
const OTHER = process.ppid;

let home = "";
let service: EmbeddingService;
let server: HttpServer;
let asked = 0;

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), "codelab-shared-"));
  await lendRuntime(home);
  const hub = await tinyHub();
  await pullModel(tinySpec(), { home, env: { HF_ENDPOINT: hub.endpoint } });
  hub.close();
  service = createEmbeddingService({ home, log, models: [tinySpec()], defaultModel: "tiny", workers: 1 });
  const plain: PlainHandler = (request) => {
    if (request.method === "POST") asked += 1;
    return service.handle(request);
  };
  server = await listen({ host: "127.0.0.1", port: 0, plain, log });
  await service.warmUp();
});
afterAll(async () => {
  await server.close();
  await service[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  asked = 0;
});

function shared(over: { readonly services?: () => readonly AnnouncedService[] } = {}) {
  const own: OnnxEmbedder = createOnnxEmbedder(tinySpec(), { home, log, workers: 1 });
  const services = over.services ?? (() => [{ pid: OTHER, origin: server.origin }]);
  return { own, embedder: withSharedService(own, { model: "tiny", services }) };
}

embedderContract("shared with a running service", async () => shared().embedder);

describe("a shared embedder", () => {
  it.each(["query", "document"] as const)(
    "gives the service's work for its own, and loads nothing (%s)",
    async (role) => {
      const { own, embedder } = shared();
      const texts = ["function open() {}", "class Store {}", "x ".repeat(2_000)];
      const theirs = await embedder.embed(texts, { role });
      expect([asked, own.state().pids]).toEqual([1, []]);
      expect(theirs).toEqual(await own.embed(texts, { role }));
      await embedder[Symbol.asyncDispose]();
    },
  );

  it("works itself when the service goes, without a failed call", async () => {
    const going = await listen({ host: "127.0.0.1", port: 0, plain: service.handle, log });
    const { own, embedder } = shared({ services: () => [{ pid: OTHER, origin: going.origin }] });
    const before = await embedder.embed(["a text"], { role: "document" });
    await going.close();
    expect(await embedder.embed(["a text"], { role: "document" })).toEqual(before);
    expect(own.state().pids).not.toEqual([]);
    await embedder[Symbol.asyncDispose]();
  });

  it.each([
    ["is this very process", () => [{ pid: process.pid, origin: server.origin }]],
    ["does not answer", () => [{ pid: OTHER, origin: "http://127.0.0.1:9" }]],
  ])("passes over a service that %s", async (_, services) => {
    const { embedder } = shared({ services });
    await embedder.embed(["a text"], { role: "document" });
    expect(asked).toBe(0);
    await embedder[Symbol.asyncDispose]();
  });

  it("passes over a service whose model is another one", async () => {
    const own = createOnnxEmbedder(tinySpec(), { home, log, workers: 1 });
    const other = { ...own, fingerprint: "another/space" };
    const embedder = withSharedService(other, {
      model: "tiny",
      services: () => [{ pid: OTHER, origin: server.origin }],
    });
    await embedder.embed(["a text"], { role: "document" });
    expect(asked).toBe(0);
    await embedder[Symbol.asyncDispose]();
  });

  it("ends with its caller's signal, not with the service's answer", async () => {
    const { embedder } = shared();
    const reason = new Error("stopped");
    await expect(embedder.embed(["a"], { role: "query", signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await embedder[Symbol.asyncDispose]();
  });
});

describe("announcements", () => {
  it("are found while their process lives, and go with it", () => {
    const place = mkdtempSync(path.join(os.tmpdir(), "codelab-announce-"));
    expect(announcedServices(place)).toEqual([]);
    const announced = announceService(place, "http://127.0.0.1:4000");
    expect(announcedServices(place)).toEqual([{ pid: process.pid, origin: "http://127.0.0.1:4000" }]);
    announced[Symbol.dispose]();
    expect(announcedServices(place)).toEqual([]);
    rmSync(place, { recursive: true });
  });

  it.each([
    ["a dead process", '{"pid": 4194999, "origin": "http://127.0.0.1:4000"}'],
    ["another machine", `{"pid": ${OTHER}, "origin": "http://10.1.2.3:4000"}`],
    ["a host that only begins so", `{"pid": ${OTHER}, "origin": "http://127.0.0.1:4000.evil.example"}`],
    ["no JSON", "{"],
    ["nothing known", "[]"],
  ])("of %s are dropped", (_, text) => {
    const place = mkdtempSync(path.join(os.tmpdir(), "codelab-announce-"));
    const directory = path.join(place, "embedding-services");
    mkdirSync(directory);
    writeFileSync(path.join(directory, "1.json"), text);
    expect(announcedServices(place)).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
    rmSync(place, { recursive: true });
  });
});
