export type RoleName = "orchestrator" | "coder" | "architect" | "debug" | "ask";

/** A specialist, as data. */
export interface Role {
  readonly name: RoleName;
  readonly title: string;
  /** What it is for, for people and for the orchestrator that hands it work. */
  readonly description: string;
  /** Instructions to the model. */
  readonly prompt: string;
  /** Names of the tools it may use, of those that the server has. */
  readonly tools: readonly string[];
  /** Roles that it may hand work to. */
  readonly delegates: readonly RoleName[];
  /** Whether a smaller model does: answering needs less of it than changing code. */
  readonly model: "strong" | "fast";
}

/** The tools that only look; every role has them. */
export const LOOKING = [
  "search_code",
  "find_similar",
  "search_conversations",
  "read_conversation",
  "read_file",
  "list_files",
  "search_files",
  "index_status",
] as const;

/** The identity; gives a literal the type of a role, so that mistakes show where they are made. */
export function defineRole(role: Role): Role {
  return role;
}
