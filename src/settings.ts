import { z } from "zod";
import { LOG_LEVELS } from "./log.ts";
import { type Setting, flag, whole, words } from "./setting.ts";
import { QDRANT_SETTINGS, qdrantShape } from "./settings-qdrant.ts";

export type { Setting } from "./setting.ts";

/** Everything that can be set, with its default; unknown values are refused by name. */
export const configSchema = z.strictObject({
  home: z.string(),
  workspace: z.string(),
  logLevel: z.enum(LOG_LEVELS).default("warn"),
  include: words.default([]),
  exclude: words.default([]),
  maxFileBytes: whole(1_000, 100_000_000).default(1_000_000),
  maxWorkers: whole(1, 64).optional(),
  maxParallelHashes: whole(1, 64).default(5),
  embeddingProvider: z
    .enum(["local", "openai-compatible", "voyage", "gemini", "jina", "ollama", "none"])
    .default("local"),
  embeddingModel: z.string().min(1).optional(),
  embeddingBaseUrl: z.url().optional(),
  embeddingApiKey: z.string().min(1).optional(),
  embeddingDimensions: whole(1, 65_536).optional(),
  embeddingBatchSize: whole(1, 2_048).default(64),
  deviceType: z.enum(["auto", "cpu", "cuda", "webgpu", "coreml", "dml"]).default("auto"),
  cpuThreads: whole(1, 256).optional(),
  embeddingOverflow: z.enum(["window", "truncate", "refuse"]).default("window"),
  embeddingWorkerMb: whole(200, 1_000_000).default(1_500),
  semaphoreValue: whole(1, 1_024).default(4),
  claudeConfigDir: z.string().optional(),
  claudeLogsPath: z.string().optional(),
  importInterval: whole(1, 86_400).default(60),
  forceFullCheckInterval: whole(1, 31_536_000).default(3_600),
  quickCheckOnly: flag.default(false),
  batchSize: whole(1, 10_000).default(100),
  cpuShare: whole(1, 100).default(100),
  chunkSize: whole(2, 1_000).default(10),
  logStatsEvery: whole(1, 100_000).default(10),
  verboseChecks: flag.default(false),
  ...qdrantShape,
  qdrantBinary: z.string().min(1).optional(),
  embeddingsPort: whole(1, 65_535).default(4_000),
  rooIndex: z.enum(["off", "read", "write"]).default("off"),
  rooCollection: z
    .string()
    .regex(/^ws-[\w-]+$/, "it must begin with ws-")
    .optional(),
  hiddenFiles: z.enum(["deny", "allow"]).default("deny"),
  approvalTimeout: whole(1, 86_400).default(300),
  approvalsPerHour: whole(1, 1_000_000).default(50),
  fileOperationsPerHour: whole(1, 100_000_000).default(1_000),
  httpToken: z.string().min(16).optional(),
  agentProvider: z.enum(["anthropic", "openai-compatible"]).optional(),
  agentModel: z.string().min(1).optional(),
  agentFastModel: z.string().min(1).optional(),
  agentBaseUrl: z.url().optional(),
  agentApiKey: z.string().min(1).optional(),
  anthropicApiKey: z.string().min(1).optional(),
  openaiApiKey: z.string().min(1).optional(),
  agentMaxSteps: whole(1, 10_000).default(60),
  agentMaxTokens: whole(1_000, 1_000_000_000).default(1_000_000),
});

/** The resolved configuration: frozen, complete, valid. */
export type Config = Readonly<z.output<typeof configSchema>>;
export type SettingKey = keyof Config;

/** Where each setting may come from, and what it means; documentation and help are derived from this table. */
export const SETTINGS: Readonly<Record<SettingKey, Setting>> = {
  home: { env: ["CODELAB_HOME"], project: false, description: "Directory that holds everything codelab-mcp keeps." },
  workspace: {
    env: ["CODELAB_WORKSPACE"],
    flag: "workspace",
    project: false,
    description:
      "The project to work on (default: the nearest directory with .git or .codelab.json, else the current one).",
  },
  logLevel: {
    env: ["LOG_LEVEL"],
    flag: "log-level",
    project: false,
    description: "Least severe message shown on stderr.",
  },
  include: {
    env: ["CODELAB_INCLUDE"],
    project: true,
    description: "Globs of files to index even where ignore rules leave them out.",
  },
  exclude: {
    env: ["CODELAB_EXCLUDE"],
    project: true,
    description: "Globs of files never to index, in .gitignore syntax.",
  },
  maxFileBytes: {
    env: ["CODELAB_MAX_FILE_BYTES"],
    project: true,
    description: "Files larger than this many bytes are not indexed.",
  },
  maxWorkers: {
    env: ["MAX_WORKERS"],
    project: false,
    description: "Most threads for parsing, and most that compute with a copy of one model each (default: by cores).",
  },
  maxParallelHashes: {
    env: ["MAX_PARALLEL_HASHES"],
    project: false,
    description: "Most logs hashed at once in a full check.",
  },
  embeddingProvider: {
    env: ["EMBEDDING_PROVIDER"],
    flag: "provider",
    project: false,
    description: "Who computes embeddings; `none` searches by words alone.",
  },
  embeddingModel: {
    env: ["EMBEDDING_MODEL"],
    flag: "model",
    project: true,
    description: "Embedding model; `codelab-mcp models list` names those that run on this machine.",
  },
  embeddingBaseUrl: {
    env: ["EMBEDDING_BASE_URL"],
    project: false,
    description: "Base URL of the embedding provider's API, such as http://127.0.0.1:4000/v1.",
  },
  embeddingApiKey: {
    env: ["EMBEDDING_API_KEY"],
    project: false,
    secret: true,
    description: "Key for the embedding provider.",
  },
  embeddingDimensions: {
    env: ["EMBEDDING_DIMENSIONS"],
    project: false,
    description: "Dimensions of a remote model's vectors, where it offers a choice or is not known.",
  },
  embeddingBatchSize: { env: ["EMBEDDING_BATCH_SIZE"], project: false, description: "Texts in one embedding request." },
  deviceType: {
    env: ["DEVICE_TYPE"],
    project: false,
    description:
      "Device for local inference: `auto` is the processor; `webgpu`, `cuda`, `coreml` and `dml` compute in 32-bit floats, with models prepared for them.",
  },
  cpuThreads: {
    env: ["CPU_THREADS"],
    project: false,
    description:
      "Threads that share the computing of one text (default: the cores, shared among the copies of the model).",
  },
  embeddingOverflow: {
    env: ["EMBEDDING_OVERFLOW"],
    flag: "overflow",
    project: false,
    description:
      "What the embedding service does with texts longer than a model takes: embed them in windows (`window`), cut them (`truncate`) or refuse them (`refuse`), unless the request says.",
  },
  embeddingWorkerMb: {
    env: ["EMBEDDING_WORKER_MB"],
    project: false,
    description: "Megabytes that a process with a model may grow to before another takes its place.",
  },
  semaphoreValue: {
    env: ["SEMAPHORE_VALUE"],
    project: false,
    description: "Most embedding requests under way at once.",
  },
  claudeConfigDir: {
    env: ["CLAUDE_CONFIG_DIR"],
    project: false,
    description: "Claude Code's own directory (default: ~/.claude).",
  },
  claudeLogsPath: {
    env: ["CLAUDE_LOGS_PATH", "LOGS_DIR"],
    flag: "logs",
    project: false,
    description: "Directory of Claude Code's logs (default: projects/ in Claude Code's directory).",
  },
  importInterval: { env: ["IMPORT_INTERVAL"], project: false, description: "Seconds between sweeps of the watcher." },
  forceFullCheckInterval: {
    env: ["FORCE_FULL_CHECK_INTERVAL"],
    project: false,
    description: "Seconds between checks that hash every log whole.",
  },
  quickCheckOnly: { env: ["QUICK_CHECK_ONLY"], project: false, description: "Never hash logs whole." },
  batchSize: { env: ["BATCH_SIZE"], project: false, description: "Files or logs committed in one transaction." },
  cpuShare: {
    env: ["CODELAB_CPU_SHARE"],
    project: false,
    description: "Most of one core, in percent, that importing conversations takes; the rest of the time it waits.",
  },
  chunkSize: { env: ["CHUNK_SIZE"], project: false, description: "Most messages in one chunk of a conversation." },
  logStatsEvery: {
    env: ["LOG_STATS_EVERY"],
    project: false,
    description: "Sweeps between two lines of statistics in the log.",
  },
  verboseChecks: { env: ["VERBOSE_CHECKS"], project: false, description: "Log every file that a sweep looks at." },
  ...QDRANT_SETTINGS,
  qdrantBinary: {
    env: ["QDRANT_BINARY"],
    flag: "qdrant-binary",
    project: false,
    description: "Qdrant's program for `services start qdrant` (default: found on PATH, else Docker).",
  },
  embeddingsPort: {
    env: ["EMBEDDINGS_PORT"],
    project: false,
    description: "Port of the embedding service on this machine.",
  },
  rooIndex: {
    env: ["CODELAB_ROO_INDEX"],
    project: false,
    description:
      "Roo Code's index on QDRANT_URL: `read` searches by its vectors instead of our own, `write` keeps one filled for it.",
  },
  rooCollection: {
    env: ["CODELAB_ROO_COLLECTION"],
    project: false,
    description: "Name of Roo Code's collection (default: by the workspace's path, `ws-` and 16 hex digits).",
  },
  hiddenFiles: {
    env: ["CODELAB_HIDDEN_FILES"],
    project: false,
    description:
      "`allow` opens hidden files to agents; repositories' inner state, keys and `.env` files stay closed to them.",
  },
  approvalTimeout: {
    env: ["CODELAB_APPROVAL_TIMEOUT"],
    project: false,
    description: "Seconds to wait for a human's decision.",
  },
  approvalsPerHour: {
    env: ["CODELAB_APPROVALS_PER_HOUR"],
    project: false,
    description: "How often an agent may ask a human within an hour.",
  },
  fileOperationsPerHour: {
    env: ["CODELAB_FILE_OPERATIONS_PER_HOUR"],
    project: false,
    description: "How many calls of an agent may touch files within an hour.",
  },
  httpToken: {
    env: ["CODELAB_HTTP_TOKEN"],
    project: false,
    secret: true,
    description:
      "Bearer token that HTTP clients must send (default: the one in CODELAB_HOME/http-token, made when first needed); needed for any address but loopback.",
  },
  agentProvider: {
    env: ["AGENT_PROVIDER"],
    project: false,
    description: "Whose language models agents use (default: the one whose key is there).",
  },
  agentModel: {
    env: ["AGENT_MODEL"],
    flag: "model",
    project: false,
    description: "Language model of agents, by its provider's name for it.",
  },
  agentFastModel: {
    env: ["AGENT_FAST_MODEL"],
    project: false,
    description: "Smaller language model for agents that only answer (default: the same).",
  },
  agentBaseUrl: {
    env: ["AGENT_BASE_URL"],
    project: false,
    description: "Base URL of the language model's API, such as http://127.0.0.1:11434/v1 for Ollama.",
  },
  agentApiKey: {
    env: ["AGENT_API_KEY"],
    project: false,
    secret: true,
    description: "Key for the language model's API (default: the provider's own, below, at its own address).",
  },
  anthropicApiKey: {
    env: ["ANTHROPIC_API_KEY"],
    project: false,
    secret: true,
    description: "Anthropic's key, for agents.",
  },
  openaiApiKey: { env: ["OPENAI_API_KEY"], project: false, secret: true, description: "OpenAI's key, for agents." },
  agentMaxSteps: {
    env: ["AGENT_MAX_STEPS"],
    project: false,
    description: "Most answers of the model in one run of an agent, those it delegates to included.",
  },
  agentMaxTokens: {
    env: ["AGENT_MAX_TOKENS"],
    project: false,
    description: "Most tokens, read and written, of one run of an agent.",
  },
};
