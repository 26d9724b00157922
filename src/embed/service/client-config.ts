import { choiceHint } from "../../edit-distance.ts";
import { UserError } from "../../errors.ts";

/** What a client has to be told to use the service. */
export interface ServiceAddress {
  /** Such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  readonly model: string;
  readonly dimensions: number;
  /** Null where the service wants none; clients that insist on one are given a placeholder. */
  readonly apiKey: string | null;
}

/** Programs whose configuration is known. */
export const CLIENTS = [
  "roo",
  "zoo",
  "kilo",
  "continue",
  "openai-node",
  "openai-python",
  "langchain",
  "llamaindex",
] as const;
export type Client = (typeof CLIENTS)[number];

/** Clients refuse an empty key, so one that means nothing is named where none is needed. */
const NO_KEY = "not-needed";

/**
 * How a client is configured to use the service: a file's content, code, or what to type into which field.
 * @throws UserError `request.unknown-client` naming the known ones.
 */
export function clientConfig(client: string, address: ServiceAddress): string {
  const known = CLIENTS.find((name) => name === client);
  if (known === undefined) {
    throw new UserError("request.unknown-client", `there is no configuration for "${client}"`, {
      hint: choiceHint(client, CLIENTS),
    });
  }
  return `${CONFIGS[known]({ ...address, baseUrl: `${address.origin}/v1`, key: address.apiKey ?? NO_KEY })}\n`;
}

type Facts = ServiceAddress & { readonly baseUrl: string; readonly key: string };

const rooFields =
  (title: string) =>
  ({ baseUrl, key, model, dimensions }: Facts) =>
    [
      `${title}: the codebase indexing dialog (the database icon below the chat box), under "Setup":`,
      "  Embedder Provider: OpenAI Compatible",
      `  Base URL:          ${baseUrl}`,
      `  API Key:           ${key}`,
      `  Model:             ${model}`,
      `  Model Dimension:   ${dimensions}`,
      "  Search Score Threshold (advanced): start low, at 0.2, and raise it while good hits stay",
    ].join("\n");

const CONFIGS: Readonly<Record<Client, (facts: Facts) => string>> = {
  roo: rooFields("Roo Code"),
  zoo: rooFields("Zoo Code"),
  kilo: rooFields("Kilo Code"),
  continue: ({ baseUrl, key, model }) =>
    [
      "# ~/.continue/config.yaml",
      "models:",
      `  - name: ${model}`,
      "    provider: openai",
      `    model: ${model}`,
      `    apiBase: ${baseUrl}`,
      `    apiKey: ${key}`,
      "    roles:",
      "      - embed",
    ].join("\n"),
  "openai-node": ({ baseUrl, key, model }) =>
    [
      'import OpenAI from "openai";',
      `const client = new OpenAI({ baseURL: ${JSON.stringify(baseUrl)}, apiKey: ${JSON.stringify(key)} });`,
      `const { data } = await client.embeddings.create({ model: ${JSON.stringify(model)}, input: ["text"] });`,
    ].join("\n"),
  "openai-python": ({ baseUrl, key, model }) =>
    [
      "from openai import OpenAI",
      `client = OpenAI(base_url=${JSON.stringify(baseUrl)}, api_key=${JSON.stringify(key)})`,
      `data = client.embeddings.create(model=${JSON.stringify(model)}, input=["text"]).data`,
    ].join("\n"),
  langchain: ({ baseUrl, key, model }) =>
    [
      "from langchain_openai import OpenAIEmbeddings",
      "# check_embedding_ctx_length=False sends texts as they are; with it, token ids of another model are sent.",
      `embeddings = OpenAIEmbeddings(model=${JSON.stringify(model)}, base_url=${JSON.stringify(baseUrl)},`,
      `                              api_key=${JSON.stringify(key)}, check_embedding_ctx_length=False)`,
    ].join("\n"),
  llamaindex: ({ baseUrl, key, model }) =>
    [
      "from llama_index.embeddings.openai_like import OpenAILikeEmbedding",
      `embed_model = OpenAILikeEmbedding(model_name=${JSON.stringify(model)}, api_base=${JSON.stringify(baseUrl)},`,
      `                                  api_key=${JSON.stringify(key)})`,
    ].join("\n"),
};
