import type { Installed } from "../app/install.ts";
import { UserError } from "../errors.ts";
import { homeDirectory } from "../home-directory.ts";
import { type CommandInput, defineCommand } from "./command.ts";

export const installCommand = defineCommand({
  name: "install",
  summary: "Register the server with a coding agent",
  details:
    "Clients: claude-code, claude-desktop, roo, zoo, cline, cursor, vscode (with tasks and key bindings). The client's own\n" +
    "file is edited in place: comments and everything else in it stay, and a copy of what it was is kept in\n" +
    "CODELAB_HOME/backups. A file that is broken is left alone.",
  positionals: [{ name: "CLIENT", description: "The client's name.", required: true }],
  options: {
    scope: {
      type: "string",
      value: "SCOPE",
      description: "project (default where the client has it) or user (all projects).",
    },
    print: { type: "boolean", description: "Only show what would be written." },
    remove: { type: "boolean", description: "Take the server out again." },
    npx: { type: "boolean", description: "Start it by `npx codelab-mcp`, not by this machine's paths." },
  },
  examples: [
    { line: "install claude-code", does: "register with Claude Code for this project" },
    { line: "install cursor --scope user", does: "register with Cursor for this user" },
    { line: "install vscode --print", does: "see what would go into Visual Studio Code's files" },
    { line: "install roo --remove", does: "take it out of Roo Code" },
  ],
  run: async (input) => {
    const { positionals, options, config, json, printer } = input;
    const { install } = await import("../app/install.ts");
    const scope = options["scope"];
    const homeDir = homeDirectory();
    if (homeDir === null)
      throw new UserError("request.no-home", "this user has no home directory", { hint: "Set HOME to one." });
    const installed = install(await config(), {
      client: positionals[0] ?? "",
      scope: typeof scope === "string" ? scope : undefined,
      remove: options["remove"] === true,
      npx: options["npx"] === true,
      write: options["print"] !== true,
      machine: { platform: process.platform, homeDir, env: process.env },
    });
    if (json) printer.json(installed);
    else print(installed, input);
  },
});

function print({ title, files, notes, next }: Installed, { printer, options }: CommandInput): void {
  const isRemoval = options["remove"] === true;
  const words = { create: "created", change: "changed", none: "already so" };
  const plans = { create: "would be created", change: "would be changed", none: "is already so" };
  for (const { file, action, backup, content } of files) {
    const isPlan = options["print"] === true;
    printer.out(`${printer.style("bold", file)} ${isPlan ? plans[action] : words[action]}\n`);
    if (isPlan && content !== null) printer.out(`${JSON.stringify(content, null, 2)}\n`);
    if (backup !== null) printer.err(`It was: ${backup}\n`);
  }
  for (const note of notes) printer.err(`${printer.errStyle("yellow", "note:")} ${note}\n`);
  const hasChanged = files.some(({ action }) => action !== "none");
  if (options["print"] !== true && hasChanged) {
    printer.err(isRemoval ? `${title} no longer has codelab.\n` : `${title} has codelab. ${next}\n`);
  }
}
