import { z } from "zod";
import { type Setting, flag, whole } from "./setting.ts";

const isWebAddress = (text: string) => URL.canParse(text.trim()) && /^https?:$/.test(new URL(text.trim()).protocol);

/** The settings of the Qdrant server, as part of all settings. */
export const qdrantShape = {
  qdrantUrl: z
    .string()
    .refine((text) => text.split(",").every(isWebAddress), "give http:// or https:// addresses, separated by commas")
    .optional(),
  qdrantApiKey: z.string().min(1).optional(),
  qdrantCollection: z
    .string()
    .regex(/^[\w-]{1,64}$/, "use letters, digits, _ and -")
    .default("codelab"),
  qdrantTenancy: z.enum(["shared", "project"]).default("shared"),
  qdrantShards: whole(1, 1_024).optional(),
  qdrantReplicas: whole(1, 16).optional(),
  qdrantQuantization: z.enum(["int8", "binary", "none"]).default("int8"),
  qdrantOnDisk: flag.default(true),
  qdrantTimeout: whole(1, 600).default(20),
};

/** Where they may come from, and what they mean. */
export const QDRANT_SETTINGS: Readonly<Record<keyof typeof qdrantShape, Setting>> = {
  qdrantUrl: {
    env: ["QDRANT_URL"],
    project: false,
    description:
      "Address of a Qdrant server that searches the index, or addresses of nodes of one cluster, separated by commas; name a private certificate authority's file in NODE_EXTRA_CA_CERTS.",
  },
  qdrantApiKey: { env: ["QDRANT_API_KEY"], project: false, secret: true, description: "Key for the Qdrant server." },
  qdrantCollection: {
    env: ["QDRANT_COLLECTION"],
    project: false,
    description: "Begins the names of the collections that are shared on the Qdrant server.",
  },
  qdrantTenancy: {
    env: ["QDRANT_TENANCY"],
    project: false,
    description:
      "`shared`: all indexes with one embedder share a collection, as tenants; `project`: each has its own, code_<hash>_local or conv_<hash>_local.",
  },
  qdrantShards: {
    env: ["QDRANT_SHARDS"],
    project: false,
    description: "Shards of new collections; twice the number of nodes or more lets a cluster grow.",
  },
  qdrantReplicas: {
    env: ["QDRANT_REPLICAS"],
    project: false,
    description: "Copies of each shard in new collections; 2 or more outlive the loss of a node.",
  },
  qdrantQuantization: {
    env: ["QDRANT_QUANTIZATION"],
    project: false,
    description:
      "What new collections keep of each vector in memory: a byte or a bit per component, rescored with the original; or the original alone.",
  },
  qdrantOnDisk: {
    env: ["QDRANT_ON_DISK"],
    project: false,
    description: "Whether new collections leave original vectors and texts on disk until they are wanted.",
  },
  qdrantTimeout: {
    env: ["QDRANT_TIMEOUT"],
    project: false,
    description: "Seconds for one request to the Qdrant server; it is tried three times.",
  },
};
