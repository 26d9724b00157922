import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Client,
  clientNamed,
  type EntryFacts,
  entryFor,
  type Scope,
  scopeOf,
  type ServerCommand,
} from "../install/clients.ts";
import { readConfig, writeConfig } from "../install/config-file.ts";
import { JsonText } from "../install/edit-json.ts";
import type { Machine } from "../install/place.ts";
import { editKeys, editTasks, keysFile, tasksFile } from "../install/vscode.ts";
import type { Config } from "../settings.ts";
import { TOOLS } from "../tools/catalogue.ts";

export interface InstallOptions {
  readonly client: string;
  readonly scope: string | undefined;
  readonly remove: boolean;
  /** Names the package instead of this machine's paths, for files that are shared. */
  readonly npx: boolean;
  /** Whether anything is written; false only tells what would be. */
  readonly write: boolean;
  readonly machine: Machine;
}

/** One file, and what became or would become of it. */
export interface InstalledFile {
  readonly file: string;
  readonly action: "create" | "change" | "none";
  /** Where the former content is kept; null where nothing was changed. */
  readonly backup: string | null;
  /** What is put into it, as JSON. */
  readonly content: unknown;
}

export interface Installed {
  readonly client: string;
  readonly title: string;
  readonly scope: Scope;
  readonly files: readonly InstalledFile[];
  /** What the user should know. */
  readonly notes: readonly string[];
  readonly next: string;
}

/** The name under which clients know the server. */
const SERVER = "codelab";

interface Edit {
  readonly file: string;
  readonly kind: "object" | "list";
  readonly edit: (json: JsonText) => unknown;
}

/**
 * Registers the server in a client's own configuration, or takes it out. Everything else in its files stays as it is
 * written; of several files, all are read and edited before the first is written.
 * @throws UserError `request.unknown-client`, `request.bad-arguments`, or `request.*-config` naming the file
 */
export function install(config: Config, options: InstallOptions): Installed {
  const client = clientNamed(options.client);
  const scope = scopeOf(client, options.scope);
  const workspace = existsSync(config.workspace) ? realpathSync(config.workspace) : config.workspace;
  const server = commandOf(options);
  const notes: string[] = [];
  const facts = { server, scope, workspace, readTools: readTools() };
  const edits = editsFor(client, facts, options, notes);
  const drafts = edits.map(({ file, kind, edit }) => {
    const before = readConfig(file);
    // Nothing is taken out of a file that is not there.
    if (before === null && options.remove) return { file, before, after: null, content: null };
    const json = new JsonText(file, before, kind);
    const content = edit(json);
    return { file, before, after: json.text === before ? null : json.text, content };
  });
  const backups = path.join(config.home, "backups");
  const files = drafts.map(({ file, before, after, content }): InstalledFile => {
    const action = after === null ? "none" : before === null ? "create" : "change";
    const backup = after === null || !options.write ? null : writeConfig({ file, before, after, backups });
    return { file, action, backup, content };
  });
  if (scope === "project" && !options.remove) {
    if (!options.npx) notes.push("The project's file names paths of this machine; --npx makes one that can be shared.");
    else if (server.command === "cmd")
      notes.push("The project's file starts npx as Windows does, and no other system.");
  }
  return { client: client.name, title: client.title, scope, files, notes, next: client.next };
}

/** What is to be edited; what the user should know of it goes to `notes` then. */
function editsFor(client: Client, facts: EntryFacts, { remove, machine }: InstallOptions, notes: string[]): Edit[] {
  const { scope, workspace, server } = facts;
  const file = client.files[scope]?.(workspace, machine);
  if (file === undefined) throw new Error(`${client.name} has no file for ${scope}`);
  const edits: Edit[] = [{ file, kind: "object", edit: (json) => editServer(json, client, facts, remove) }];
  if (client.name !== "vscode") return edits;
  const tasks = (json: JsonText) => {
    editTasks(json, server, remove);
    return { tasks: json.list(["tasks"]), inputs: json.list(["inputs"]) };
  };
  const keys = (json: JsonText) => {
    for (const key of editKeys(json, machine, remove)) notes.push(`The key ${key} is bound already and stays so.`);
    return json.list([]);
  };
  return [
    ...edits,
    { file: tasksFile(scope, workspace, machine), kind: "object", edit: tasks },
    { file: keysFile(machine), kind: "list", edit: keys },
  ];
}

function editServer(json: JsonText, client: Client, facts: EntryFacts, remove: boolean): unknown {
  const at = [client.serversKey, SERVER];
  if (remove) {
    json.remove(at);
    return null;
  }
  const { own, extras } = entryFor(client, facts);
  if (json.get(at) === undefined) json.set(at, { ...own, ...extras });
  // What else an entry says (its environment, what is allowed) was said by the user.
  else for (const [key, value] of Object.entries(own)) json.set([...at, key], value);
  return { [client.serversKey]: { [SERVER]: json.get(at) } };
}

/** Tools that need no question: those that read, but none that spends on a model. */
function readTools(): string[] {
  return TOOLS.flatMap(({ name, access }) => (access === "read" && name !== "run_agent" ? [name] : []));
}

/** How clients start this very program; one that npx fetched is fetched again, since its place is not for long. */
function commandOf({ npx, machine }: InstallOptions): ServerCommand {
  const cli = fileURLToPath(new URL("../cli.js", import.meta.url));
  const isFetched = cli.split(path.sep).includes("_npx");
  if (npx || isFetched) {
    const fetched = ["-y", "codelab-mcp"];
    // Windows' npx is a file for its shell, which clients that start programs without one do not find.
    if (machine.platform === "win32") return { command: "cmd", args: ["/c", "npx", ...fetched] };
    return { command: "npx", args: fetched };
  }
  return { command: process.execPath, args: [cli] };
}
