// claude-context-core with its vector database replaced by arrays in memory, since its own needs a server.
import { createRequire } from "node:module";
import path from "node:path";

export const packages = ["@zilliz/claude-context-core@0.1.15"];

export async function open({ project, modules, embedderUrl }) {
  console.log = () => {};
  const require = createRequire(path.join(modules, "index.js"));
  const { Context, OpenAIEmbedding } = require("@zilliz/claude-context-core");
  const embedding = new OpenAIEmbedding({ apiKey: "none", model: "zero", baseURL: embedderUrl });
  process.env.HYBRID_MODE = "false";
  const context = new Context({ embedding, vectorDatabase: inMemory() });
  return {
    index: async () => {
      const { totalChunks } = await context.indexCodebase(project);
      return { chunks: totalChunks };
    },
    check: () => context.reindexByChange(project),
    search: (query) => context.semanticSearch(project, query, 10, 0),
    peakMb: () => process.resourceUsage().maxRSS / 1024,
    close: async () => {},
  };
}

function inMemory() {
  const collections = new Map();
  const rows = (name) => collections.get(name) ?? [];
  return {
    createCollection: async (name) => void collections.set(name, []),
    createHybridCollection: async (name) => void collections.set(name, []),
    dropCollection: async (name) => void collections.delete(name),
    hasCollection: async (name) => collections.has(name),
    listCollections: async () => [...collections.keys()],
    insert: async (name, documents) => void rows(name).push(...documents),
    insertHybrid: async (name, documents) => void rows(name).push(...documents),
    delete: async (name, ids) =>
      void collections.set(
        name,
        rows(name).filter(({ id }) => !ids.includes(id)),
      ),
    query: async () => [],
    getCollectionDescription: async () => "",
    checkCollectionLimit: async () => true,
    getCollectionRowCount: async (name) => rows(name).length,
    search: async (name, vector, { topK = 10 } = {}) => best(rows(name), vector, topK),
    hybridSearch: async (name, requests, { limit = 10 } = {}) => best(rows(name), requests[0].data, limit),
  };
}

function best(documents, vector, limit) {
  const scored = documents.map((document) => {
    let score = 0;
    for (let index = 0; index < vector.length; index++) score += vector[index] * document.vector[index];
    return { document, score };
  });
  return scored.toSorted((a, b) => b.score - a.score).slice(0, limit);
}
