import { messageOf, UserError } from "../errors.ts";
import { visible, visibleLine } from "../visible.ts";
import { defineCommand } from "./command.ts";

export const policyCommand = defineCommand({
  name: "policy",
  summary: "Show what agents may do without asking, and why",
  details:
    "Everything asks unless policy.json in CODELAB_HOME allows it: commands by their exact first words, writes by\n" +
    "globs. The file must be yours alone (mode 600). Protected paths, such as .git and agents' settings, always ask.",
  positionals: [
    { name: "ACTION", description: "show (default) or explain." },
    { name: "TOOL", description: "With explain: the tool that would be called." },
    { name: "ARGUMENTS", description: "With explain: its arguments as JSON." },
  ],
  examples: [
    { line: "policy", does: "the rules in force and the file they come from" },
    {
      line: `policy explain execute_command '{"command":"npm test"}'`,
      does: "whether it would run, ask or be refused",
    },
    { line: `policy explain write_file '{"path":"docs/a.md","content":""}'`, does: "the same for a write" },
  ],
  run: async ({ positionals: [action = "show", tool, args = "{}"], config, printer, json, signal }) => {
    const { explainCall, showPolicy } = await import("../app/policy.ts");
    if (action === "show") {
      const shown = await showPolicy(await config());
      if (json) return printer.json(shown);
      printer.err(`${shown.file}\n`);
      printer.out(`${JSON.stringify(shown.policy, null, 2)}\n`);
      return undefined;
    }
    if (action !== "explain" || tool === undefined) {
      throw new UserError("request.bad-arguments", `policy: unknown action "${action}"`, {
        hint: "Say `show`, or `explain TOOL ARGUMENTS`.",
      });
    }
    const explained = await explainCall(await config(), tool, parseArguments(args), signal);
    if (json) return printer.json(explained);
    const { style } = printer;
    const word = { allow: style("green", "allow"), ask: style("yellow", "ask"), deny: style("red", "deny") };
    printer.out(`${word[explained.verdict]}: ${visible(explained.reason)}\n`);
    if (explained.preview !== null) printer.out(`${style("dim", "what:")} ${explained.preview.title}\n`);
    if (explained.session !== null)
      printer.out(`${style("dim", "for a session:")} ${visibleLine(explained.session)}\n`);
    return undefined;
  },
});

function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError("request.bad-arguments", `policy: the arguments are no JSON: ${messageOf(error)}`);
  }
}
