import { choiceHint } from "../edit-distance.ts";
import path from "node:path";
import { UserError } from "../errors.ts";
import { codeUserDirectory, configDirectory, extensionSettings, given, type Machine } from "./place.ts";

export const SCOPES = ["project", "user"] as const;
export type Scope = (typeof SCOPES)[number];

/** How the server is started. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

export interface EntryFacts {
  readonly server: ServerCommand;
  readonly scope: Scope;
  /** Real absolute path of the project. */
  readonly workspace: string;
  /** Tools that only read, for clients that keep a list of what needs no question. */
  readonly readTools: readonly string[];
}

/** One program that can be given the server, as data. */
export interface Client {
  readonly name: string;
  readonly title: string;
  /** The file of each scope that it has; the first is the default. */
  readonly files: Partial<Readonly<Record<Scope, (workspace: string, machine: Machine) => string>>>;
  /** The object in that file that holds its servers. */
  readonly serversKey: "mcpServers" | "servers";
  /** How it is told which project is meant; `cwd`: it starts servers in the project. */
  readonly project: (scope: Scope) => "cwd" | "variable" | "path";
  /** Fields of a new entry beside the command; a present one's are the user's. */
  readonly extras?: (readTools: readonly string[]) => Readonly<Record<string, unknown>>;
  /** What to do so that it takes effect. */
  readonly next: string;
}

/** Long enough for a human to decide in, in seconds; the default of these clients is one minute. */
const TIMEOUT_S = 300;

const roo = (name: string, title: string, extension: string): Client => ({
  name,
  title,
  files: {
    project: (workspace) => path.join(workspace, ".roo", "mcp.json"),
    user: (_, machine) => extensionSettings(machine, extension, "mcp_settings.json"),
  },
  serversKey: "mcpServers",
  project: () => "cwd",
  extras: (readTools) => ({ alwaysAllow: readTools, timeout: TIMEOUT_S }),
  next: `${title} takes it up by itself; look under "MCP Servers".`,
});

/** Every client that `install` knows. */
export const CLIENTS: readonly Client[] = [
  {
    name: "claude-code",
    title: "Claude Code",
    files: {
      project: (workspace) => path.join(workspace, ".mcp.json"),
      user: (_, { homeDir, env }) => path.join(given(env, "CLAUDE_CONFIG_DIR") ?? homeDir, ".claude.json"),
    },
    serversKey: "mcpServers",
    project: () => "cwd",
    next: "Start `claude` anew; it asks once whether it may use a project's server. `/mcp` shows it.",
  },
  {
    name: "claude-desktop",
    title: "Claude Desktop",
    files: { user: (_, machine) => path.join(configDirectory(machine), "Claude", "claude_desktop_config.json") },
    serversKey: "mcpServers",
    project: () => "path",
    next: "Quit Claude Desktop altogether and start it again.",
  },
  roo("roo", "Roo Code", "RooVeterinaryInc.roo-cline"),
  roo("zoo", "Zoo Code", "ZooCodeOrganization.zoo-code"),
  {
    name: "cline",
    title: "Cline",
    files: { user: (_, machine) => extensionSettings(machine, "saoudrizwan.claude-dev", "cline_mcp_settings.json") },
    serversKey: "mcpServers",
    project: () => "path",
    extras: (readTools) => ({ autoApprove: readTools, timeout: TIMEOUT_S }),
    next: 'Cline takes it up by itself; look under "MCP Servers".',
  },
  {
    name: "cursor",
    title: "Cursor",
    files: {
      project: (workspace) => path.join(workspace, ".cursor", "mcp.json"),
      user: (_, { homeDir }) => path.join(homeDir, ".cursor", "mcp.json"),
    },
    serversKey: "mcpServers",
    // Of the user's own file, the variable would mean the user's home.
    project: (scope) => (scope === "project" ? "variable" : "path"),
    next: "Turn it on in Cursor's settings, under MCP.",
  },
  {
    name: "vscode",
    title: "Visual Studio Code",
    files: {
      project: (workspace) => path.join(workspace, ".vscode", "mcp.json"),
      user: (_, machine) => path.join(codeUserDirectory(machine), "mcp.json"),
    },
    serversKey: "servers",
    project: () => "variable",
    next: "Run `MCP: List Servers` from the command palette and start codelab.",
  },
];

/** @throws UserError `request.unknown-client` naming the known ones. */
export function clientNamed(name: string): Client {
  const client = CLIENTS.find((known) => known.name === name);
  if (client !== undefined) return client;
  throw new UserError("request.unknown-client", `there is no client "${name}"`, {
    hint: choiceHint(
      name,
      CLIENTS.map((known) => known.name),
    ),
  });
}

/** The scope that was asked for, or the client's default. @throws UserError `request.bad-arguments` */
export function scopeOf(client: Client, asked: string | undefined): Scope {
  const known = SCOPES.filter((scope) => client.files[scope] !== undefined);
  const scope = asked === undefined ? known[0] : known.find((each) => each === asked);
  if (scope !== undefined) return scope;
  const message = `${client.title} has no scope "${String(asked)}"`;
  throw new UserError("request.bad-arguments", message, { hint: choiceHint(String(asked), known) });
}

/** What every entry of the client says, and what a new one says besides. */
export function entryFor(client: Client, { server, scope, workspace, readTools }: EntryFacts) {
  const how = client.project(scope);
  const project = how === "cwd" ? [] : ["--workspace", how === "variable" ? "${workspaceFolder}" : workspace];
  return {
    own: { type: "stdio", command: server.command, args: [...server.args, "serve", ...project] },
    extras: client.extras?.(readTools) ?? {},
  };
}
