// Our service with a model that is not in the catalogue: node server.mjs HOME MODEL SPEC
import { readFileSync } from "node:fs";
import { createEmbeddingService } from "../../dist/embed/service/embedding-service.js";
import { listen } from "../../dist/http.js";
import { createLogger } from "../../dist/log.js";

const [home, defaultModel, spec] = process.argv.slice(2);
const { MAX_WORKERS, CPU_THREADS, DEVICE_TYPE: device } = process.env;
const log = createLogger("error");
const number = (text) => (text === undefined ? undefined : Number(text));
const models = [JSON.parse(readFileSync(spec, "utf8"))];
const shares = { workers: number(MAX_WORKERS), threads: number(CPU_THREADS) };
const service = createEmbeddingService({ home, log, defaultModel, models, cache: null, device, ...shares });
const server = await listen({ host: "127.0.0.1", port: 0, plain: service.handle, log });
void service.warmUp();
console.log(server.origin);
