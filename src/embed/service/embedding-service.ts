import { isUtf8 } from "node:buffer";
import { messageOf } from "../../errors.ts";
import { bearerOf, isSameSecret } from "../../http-guard.ts";
import { jsonResponse, type PlainHandler, type PlainRequest, type PlainResponse } from "../../http-plain.ts";
import type { Logger } from "../../log.ts";
import { METRICS_TYPE } from "../../metrics.ts";
import { DEFAULT_MODEL, modelsFor } from "../catalogue.ts";
import type { ModelSpec } from "../model-spec.ts";
import { fingerprintOf, type OnnxSettings } from "../onnx-embedder.ts";
import type { Embedded, Overflow } from "../onnx/worker-protocol.ts";
import type { VectorCache } from "../vector-cache.ts";
import { createAdmissions } from "./admission.ts";
import { ApiError, apiErrorOf, invalid } from "./api-error.ts";
import { embedTexts } from "./embed-texts.ts";
import type { TextsEngine } from "./embed-texts.ts";
import { parseEmbeddingRequest, REQUEST_LIMITS } from "./embedding-request.ts";
import { embeddingResponse } from "./embedding-response.ts";
import { createModelShelf, idsOf } from "./model-shelf.ts";
import type { ModelShelf } from "./model-shelf.ts";
import { openApiDocument } from "./openapi.ts";
import type { ServicePath } from "./openapi.ts";
import { createTokenDecoder } from "./openai-tokens.ts";
import type { TokenDecoder } from "./openai-tokens.ts";
import { createServiceMetrics } from "./service-metrics.ts";
import { createSingleFlight } from "./single-flight.ts";

export interface EmbeddingServiceOptions extends OnnxSettings {
  readonly log: Logger;
  /** The model that is warmed up, and whose readiness is the service's. */
  readonly defaultModel?: string | undefined;
  readonly models?: readonly ModelSpec[];
  /** What is done with texts longer than a model's window where the request does not say. */
  readonly overflow?: Overflow;
  /** Without one, everybody who reaches the service may use it. */
  readonly apiKey?: string | null | undefined;
  readonly cache?: VectorCache | null | undefined;
  readonly decodeTokens?: TokenDecoder;
  readonly version?: string;
}

/** OpenAI's embeddings API over the models of this machine. */
export interface EmbeddingService extends AsyncDisposable {
  /** Answers a request; null for a path that is not the service's. */
  readonly handle: PlainHandler;
  /** Loads the default model. Rejects where it is missing or cannot be loaded; the service goes on without it. */
  warmUp(): Promise<void>;
}

const SERVICE = "codelab-mcp embeddings";

interface Route {
  readonly method: "GET" | "POST";
  /** Answered without a key. */
  readonly open?: boolean;
  readonly answer: (request: PlainRequest, id: string) => Promise<PlainResponse> | PlainResponse;
}

/** Makes the service; nothing is loaded before `warmUp` or the first request. */
export function createEmbeddingService(options: EmbeddingServiceOptions): EmbeddingService {
  const models = options.models ?? modelsFor(options.device ?? "auto");
  const defaultModel = options.defaultModel ?? DEFAULT_MODEL;
  const shelf = createModelShelf({ ...options, models, defaultModel });
  const engine: TextsEngine = {
    cache: options.cache ?? null,
    admissions: createAdmissions(),
    flights: createSingleFlight<Embedded>(),
  };
  const metrics = createServiceMetrics(engine);
  const decodeTokens = options.decodeTokens ?? createTokenDecoder(options.home);

  const embeddings = async (request: PlainRequest): Promise<PlainResponse> => {
    const asked = await parseEmbeddingRequest(jsonOf(request), REQUEST_LIMITS, decodeTokens);
    const embedder = shelf.take(asked.model);
    const started = performance.now();
    metrics.requests.add(1, { model: embedder.model.spec.name });
    if (asked.dimensions !== null && asked.dimensions !== embedder.dimensions) {
      throw invalid(
        "dimensions",
        `${asked.model} has ${embedder.dimensions} dimensions and cannot be cut to ${asked.dimensions}`,
      );
    }
    const overflow = asked.overflow ?? options.overflow ?? "window";
    const { texts, role } = asked;
    const answer = await embedTexts(engine, { embedder, texts, role, overflow, signal: request.signal });
    metrics.texts.add(texts.length);
    metrics.tokens.add(answer.computedTokens);
    metrics.cacheHits.add(answer.cacheHits);
    metrics.seconds.observe((performance.now() - started) / 1_000);
    return embeddingResponse(asked, embedder.model.spec.name, answer);
  };

  const readiness = (): PlainResponse => {
    const { present, embedder } = shelf.list().find(({ spec }) => idsOf(spec).includes(defaultModel)) ?? {
      present: false,
      embedder: null,
    };
    if (embedder?.state().ready) return jsonResponse({ status: "ready", model: defaultModel });
    const hint = present ? "the model is being loaded" : `run \`codelab-mcp models pull ${defaultModel}\``;
    return jsonResponse({ status: present ? "loading" : "missing", model: defaultModel, hint }, { status: 503 });
  };

  const health: Route = { method: "GET", open: true, answer: () => jsonResponse({ status: "ok" }) };
  const document: Route["answer"] = () => jsonResponse(openApiDocument(options.version));
  const welcome: Route["answer"] = () =>
    jsonResponse({ service: SERVICE, version: options.version ?? null, paths: Object.keys(routes) });
  const routes: Readonly<Record<ServicePath, Route>> = {
    "/": { method: "GET", open: true, answer: welcome },
    "/v1/embeddings": { method: "POST", answer: embeddings },
    "/embeddings": { method: "POST", answer: embeddings },
    "/v1/models": { method: "GET", answer: () => jsonResponse({ object: "list", data: modelList(shelf) }) },
    "/v1/models/{id}": { method: "GET", answer: (_, id) => oneModel(shelf, id) },
    "/health": health,
    "/healthz": health,
    "/readyz": { method: "GET", open: true, answer: readiness },
    "/info": { method: "GET", answer: () => jsonResponse(info(shelf, engine, options)) },
    "/metrics": {
      method: "GET",
      answer: () => ({ status: 200, headers: { "content-type": METRICS_TYPE }, body: metrics.registry.text() }),
    },
    "/openapi.json": { method: "GET", open: true, answer: document },
  };

  const respond = async (request: PlainRequest): Promise<PlainResponse | null> => {
    const pathname = request.target.split("?", 1)[0] ?? "";
    const found = findRoute(routes, pathname);
    if (found === null) return null;
    const { route, id } = found;
    if (route.method !== request.method && !(route.method === "GET" && request.method === "HEAD")) {
      throw new ApiError(405, `${pathname} answers ${route.method}`, { headers: { allow: route.method } });
    }
    if (route.open !== true) mustHaveKey(request, options.apiKey ?? null);
    return route.answer(request, id);
  };

  return {
    async handle(request) {
      try {
        return await respond(request);
      } catch (error) {
        // Nobody reads the answer to a client that left.
        if (request.signal.aborted) return { status: 499, headers: {}, body: "" };
        const known = apiErrorOf(error);
        if (known === null) options.log.error("An embedding request failed", { cause: stackOf(error) });
        const told = known ?? new ApiError(500, "the service failed; its log has the details", { code: "bug" });
        metrics.failures.add(1, { status: String(told.status) });
        return told.toResponse();
      }
    },
    warmUp: async () => shelf.take(defaultModel).warmUp(),
    async [Symbol.asyncDispose]() {
      metrics.end();
      await shelf[Symbol.asyncDispose]();
    },
  };
}

/** The route of a path, and what its `{id}` stands for, empty where it has none. */
function findRoute(routes: Readonly<Record<string, Route>>, pathname: string): { route: Route; id: string } | null {
  const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
  if (route !== undefined) return { route, id: "" };
  for (const [pattern, each] of Object.entries(routes)) {
    const prefix = pattern.endsWith("/{id}") ? pattern.slice(0, -"{id}".length) : null;
    if (prefix === null || !pathname.startsWith(prefix) || pathname.length === prefix.length) continue;
    try {
      return { route: each, id: decodeURIComponent(pathname.slice(prefix.length)) };
    } catch {
      return null;
    }
  }
  return null;
}

function jsonOf({ headers, body }: PlainRequest): unknown {
  const type = headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError(415, `the body must be application/json, not ${type === "" ? "of no stated type" : type}`);
  }
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new ApiError(415, `the body must not be compressed, as ${encoding} is`);
  try {
    // A decoder is dear to make; bytes that are no UTF-8 are refused, not replaced.
    if (!isUtf8(body)) throw new Error("there are bytes that are not UTF-8");
    const text = body.toString("utf8");
    const parsed: unknown = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
    return parsed;
  } catch (error) {
    throw invalid(undefined, `the body is not valid JSON in UTF-8: ${messageOf(error)}`);
  }
}

/** The key may come as OpenAI's or as Azure's clients send it. */
function mustHaveKey({ headers }: PlainRequest, apiKey: string | null): void {
  if (apiKey === null) return;
  const given = [bearerOf(headers.authorization), headers["api-key"]].filter((each) => typeof each === "string");
  if (given.some((each) => isSameSecret(each, apiKey))) return;
  throw new ApiError(401, "a valid API key is needed", {
    code: "invalid_api_key",
    headers: { "www-authenticate": "Bearer" },
  });
}

function modelList(shelf: ModelShelf): object[] {
  return shelf
    .list()
    .filter(({ present }) => present)
    .flatMap(({ spec }) => idsOf(spec).map((id) => modelEntry(id, spec)));
}

function oneModel(shelf: ModelShelf, id: string): PlainResponse {
  const found = shelf.list().find(({ spec }) => idsOf(spec).includes(id));
  if (found === undefined)
    throw new ApiError(404, `there is no model ${id}`, { param: "model", code: "model_not_found" });
  return jsonResponse({ ...modelEntry(id, found.spec), available: found.present });
}

function modelEntry(id: string, spec: ModelSpec): object {
  const { dimensions, maxTokens, windowTokens, licence } = spec;
  const owned = spec.weights.hub.repository.split("/")[0] ?? "";
  return {
    id,
    object: "model",
    created: 0,
    owned_by: owned,
    dimensions,
    max_tokens: maxTokens,
    window_tokens: windowTokens,
    licence,
  };
}

function info(
  shelf: ModelShelf,
  { cache, admissions, flights }: TextsEngine,
  options: EmbeddingServiceOptions,
): object {
  return {
    service: SERVICE,
    version: options.version ?? null,
    device: options.device ?? "auto",
    overflow: options.overflow ?? "window",
    limits: REQUEST_LIMITS,
    models: shelf.list().map(({ spec, present, embedder }) => ({
      id: spec.name,
      present,
      fingerprint: fingerprintOf(spec),
      ...embedder?.state(),
    })),
    queue: { tokens: admissions.waitingTokens, texts: flights.size, tokens_per_second: Math.round(admissions.rate) },
    cache: cache?.stats() ?? null,
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
