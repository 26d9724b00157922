import path from "node:path";
import type { Scope, ServerCommand } from "./clients.ts";
import { isEqual, type JsonText } from "./edit-json.ts";
import { codeUserDirectory, type Machine } from "./place.ts";

/** What the tasks are called; our own are known by it. */
const PREFIX = "codelab: ";
const QUESTION = "codelabQuery";

interface Task {
  readonly label: string;
  readonly args: readonly string[];
  /** The last part of its key binding, after Ctrl-K (on a Mac, Cmd-K). */
  readonly key: string;
}

const TASKS: readonly Task[] = [
  { label: `${PREFIX}search`, args: ["search", `\${input:${QUESTION}}`], key: "alt+s" },
  { label: `${PREFIX}index`, args: ["index"], key: "alt+i" },
  { label: `${PREFIX}approvals`, args: ["approvals"], key: "alt+a" },
];

/** Where Visual Studio Code keeps tasks; a project's are beside its other settings. */
export function tasksFile(scope: Scope, workspace: string, machine: Machine): string {
  return scope === "project" ? path.join(workspace, ".vscode", "tasks.json") : userFile("tasks.json", machine);
}

/** Where Visual Studio Code keeps key bindings: a user has them, a project has none. */
export function keysFile(machine: Machine): string {
  return userFile("keybindings.json", machine);
}

/** Adds our tasks to a tasks file, or takes them out. */
export function editTasks(json: JsonText, { command, args }: ServerCommand, remove: boolean): void {
  const isOurs = (task: unknown) => labelOf(task)?.startsWith(PREFIX) === true;
  const wanted = remove
    ? []
    : TASKS.map((task) => ({
        label: task.label,
        type: "process",
        command,
        args: [...args, ...task.args, "--workspace", "${workspaceFolder}"],
        problemMatcher: [],
        presentation: { panel: "shared", clear: true },
      }));
  const question = { id: QUESTION, type: "promptString", description: "What to look for" };
  if (!remove && json.get(["version"]) === undefined) json.set(["version"], "2.0.0");
  replaceOurs(json, ["tasks"], isOurs, wanted);
  replaceOurs(json, ["inputs"], (input) => fieldOf(input, "id") === QUESTION, remove ? [] : [question]);
}

/**
 * Binds keys to our tasks, or takes the bindings out. A key that the user has bound already stays theirs.
 * Returns the keys that were left out.
 */
export function editKeys(json: JsonText, { platform }: Machine, remove: boolean): string[] {
  const isOurs = (binding: unknown) => fieldOf(binding, "args")?.startsWith(PREFIX) === true;
  const leader = platform === "darwin" ? "cmd+k" : "ctrl+k";
  const taken = new Set(json.list([]).flatMap((binding) => (isOurs(binding) ? [] : (fieldOf(binding, "key") ?? []))));
  const wanted = TASKS.map(({ label, key }) => ({
    key: `${leader} ${key}`,
    command: "workbench.action.tasks.runTask",
    args: label,
  }));
  replaceOurs(json, [], isOurs, remove ? [] : wanted.filter(({ key }) => !taken.has(key)));
  return remove ? [] : wanted.map(({ key }) => key).filter((key) => taken.has(key));
}

/** Makes our items of a list the wanted ones; the others keep their places and their comments. */
function replaceOurs(
  json: JsonText,
  list: readonly string[],
  isOurs: (item: unknown) => boolean,
  wanted: readonly object[],
): void {
  const present = json.list([...list]).filter(isOurs);
  if (present.length === wanted.length && wanted.every((item, at) => isEqual(item, present[at]))) return;
  for (const [index, item] of [...json.list([...list]).entries()].toReversed()) {
    if (isOurs(item)) json.remove([...list, index]);
  }
  for (const item of wanted) json.append([...list], item);
}

function labelOf(task: unknown): string | undefined {
  return fieldOf(task, "label");
}

function fieldOf(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const field: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof field === "string" ? field : undefined;
}

function userFile(name: string, machine: Machine): string {
  return path.join(codeUserDirectory(machine), name);
}
