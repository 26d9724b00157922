import { UserError } from "../errors.ts";
import { visibleLine } from "../visible.ts";
import { defineCommand } from "./command.ts";

export const undoCommand = defineCommand({
  name: "undo",
  summary: "Take back a change that an agent made to a file",
  positionals: [{ name: "CHANGE", description: "Number of the change (default: the newest)." }],
  options: {
    list: { type: "boolean", description: "Show the changes instead." },
    force: { type: "boolean", description: "Also when the file was changed since." },
  },
  examples: [
    { line: "undo", does: "the newest change" },
    { line: "undo --list", does: "what was changed, newest first" },
    { line: "undo 17", does: "one change; undoing the undo brings it back" },
  ],
  run: async ({ positionals: [change], options, config, printer, json }) => {
    const { openHumanSide } = await import("../app/approvals.ts");
    using side = await openHumanSide(await config());
    if (options["list"] === true) {
      const changes = side.changes(200);
      if (json) return printer.json(changes);
      if (changes.length === 0) printer.err("Nothing was changed yet.\n");
      for (const { id, at, path, tool, state } of changes) {
        const when = printer.style("dim", new Date(at).toISOString());
        printer.out(
          `${String(id).padStart(5)}  ${when}  ${tool.padEnd(12)}  ${visibleLine(path)}  ${printer.style(STATE[state], state)}\n`,
        );
      }
      return undefined;
    }
    const undone = await side.undo({ id: numberOf(change), force: options["force"] === true });
    if (json) return printer.json(undone);
    printer.out(`${visibleLine(undone.path)} is as it was before change ${undone.id}\n`);
    return undefined;
  },
});

const STATE = { done: "green", undone: "dim", void: "dim", intent: "yellow", unclear: "red" } as const;

function numberOf(change: string | undefined): number | undefined {
  if (change === undefined) return undefined;
  const id = /^\d+$/.test(change) ? Number(change) : 0;
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new UserError("request.bad-arguments", `undo: "${change}" is no number of a change`, {
    hint: "Run `codelab-mcp undo --list` to see them.",
  });
}
