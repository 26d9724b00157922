import type { Command } from "./command.ts";

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every verb with the line that the overview shows; the verb itself is loaded only when it is run or explained. */
export const VERBS: readonly Verb[] = [
  {
    name: "index",
    summary: "Index a project, so that it can be searched",
    load: async () => (await import("./index-command.ts")).indexCommand,
  },
  {
    name: "search",
    summary: "Search the project's code, or past conversations, by meaning and by words",
    load: async () => (await import("./search-command.ts")).searchCommand,
  },
  {
    name: "forget",
    summary: "Remove conversations from the index for good",
    load: async () => (await import("./forget-command.ts")).forgetCommand,
  },
  {
    name: "serve",
    summary: "Serve the tools to a coding agent over MCP",
    load: async () => (await import("./serve-command.ts")).serveCommand,
  },
  {
    name: "watch",
    summary: "Keep the index fresh in the background",
    load: async () => (await import("./watch-command.ts")).watchCommand,
  },
  {
    name: "embeddings",
    summary: "Serve embeddings on this machine, as OpenAI's API does",
    load: async () => (await import("./embeddings-command.ts")).embeddingsCommand,
  },
  {
    name: "agent",
    summary: "Hand a task to a specialist that works with the server's tools",
    load: async () => (await import("./agent-command.ts")).agentCommand,
  },
  {
    name: "services",
    summary: "Start, stop and look after what runs in the background",
    load: async () => (await import("./services-command.ts")).servicesCommand,
  },
  {
    name: "install",
    summary: "Register the server with a coding agent",
    load: async () => (await import("./install-command.ts")).installCommand,
  },
  {
    name: "approvals",
    summary: "Decide what agents may write, run and commit",
    load: async () => (await import("./approvals-command.ts")).approvalsCommand,
  },
  {
    name: "policy",
    summary: "Show what agents may do without asking, and why",
    load: async () => (await import("./policy-command.ts")).policyCommand,
  },
  {
    name: "audit",
    summary: "Show, verify or export the log of calls and decisions",
    load: async () => (await import("./audit-command.ts")).auditCommand,
  },
  {
    name: "undo",
    summary: "Take back a change that an agent made to a file",
    load: async () => (await import("./undo-command.ts")).undoCommand,
  },
  {
    name: "status",
    summary: "Show what is indexed, how fresh it is, and with which model",
    load: async () => (await import("./status-command.ts")).statusCommand,
  },
  {
    name: "store",
    summary: "Show, plan, move, back up or restore where the index is kept",
    load: async () => (await import("./store-command.ts")).storeCommand,
  },
  {
    name: "eval",
    summary: "Measure how well search answers your own questions",
    load: async () => (await import("./eval-command.ts")).evalCommand,
  },
  {
    name: "doctor",
    summary: "Check this machine and say how to mend what is wrong",
    load: async () => (await import("./doctor-command.ts")).doctorCommand,
  },
  {
    name: "models",
    summary: "List the embedding models, or download one",
    load: async () => (await import("./models-command.ts")).modelsCommand,
  },
];
