// Our service with one model, for the load to be put on: node server.mjs HOME MODEL [--spec FILE] [--cache FILE] [--workers N] [--threads N]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createEmbeddingService } from "../../dist/embed/service/embedding-service.js";
import { openVectorCache } from "../../dist/embed/vector-cache.js";
import { MODELS } from "../../dist/embed/catalogue.js";
import { listen } from "../../dist/http.js";
import { createLogger } from "../../dist/log.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    spec: { type: "string" },
    cache: { type: "string" },
    workers: { type: "string" },
    threads: { type: "string" },
  },
});
const [home, defaultModel] = positionals;
const log = createLogger("warn");
const number = (text) => (text === undefined ? undefined : Number(text));
const service = createEmbeddingService({
  home,
  log,
  defaultModel,
  models: values.spec === undefined ? MODELS : [JSON.parse(readFileSync(values.spec, "utf8"))],
  cache: values.cache === undefined ? null : await openVectorCache({ file: values.cache, limitBytes: 1e9, log }),
  workers: number(values.workers),
  threads: number(values.threads),
});
const server = await listen({ host: "127.0.0.1", port: 0, handlers: [(request) => service.handle(request)], log });
await service.warmUp();
console.log(server.origin);
