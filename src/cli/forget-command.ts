import { UserError } from "../errors.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { numberOf } from "./numbers.ts";
import { visible } from "../visible.ts";
import { formatCount } from "./units.ts";

export const forgetCommand = defineCommand({
  name: "forget",
  summary: "Remove conversations from the index for good",
  details:
    "Removes their text, full text and vectors, writes the index's file anew without them, and asks for them again to\n" +
    "prove it. The logs themselves are not touched, and are not imported again, even if they grow; logs that are still\n" +
    "there stay known by their path. Several conditions must all hold.",
  options: {
    session: { type: "string", value: "ID", description: "One session." },
    project: { type: "string", value: "NAME", description: "All sessions of a project." },
    pattern: { type: "string", value: "TEXT", description: "Sessions in which this text occurs." },
    "older-than": { type: "string", value: "DAYS", description: "Sessions that ended more than so many days ago." },
    "dry-run": { type: "boolean", description: "Only say what would be forgotten." },
  },
  examples: [
    { line: "forget --project secret-client --dry-run", does: "see what would go" },
    { line: "forget --older-than 365", does: "keep one year" },
  ],
  run: async ({ options, config, printer, json }) => {
    const text = (name: string) => conditionOf(name, options);
    const request = {
      sessionId: text("session"),
      project: text("project"),
      pattern: text("pattern"),
      olderThan: instantBefore(text("older-than")),
      dryRun: options["dry-run"] === true,
    };
    const { openApp } = await import("../app.ts");
    await using app = await openApp(await config());
    const { sessions, logs, chunks, vectors, left } = await (await app.conversations()).forget(request);
    const remains = Object.entries(left).filter(([, count]) => count > 0);
    if (remains.length > 0) throw new Error(`Forgotten conversations are still there: ${JSON.stringify(left)}`);
    if (json) return printer.json({ sessions, logs, chunks, vectors, left, dryRun: request.dryRun });
    const verb = request.dryRun ? "Would forget" : "Forgot";
    printer.out(`${verb} ${formatCount(sessions.length, "session")} in ${formatCount(chunks, "chunk")}.\n`);
    for (const session of sessions.slice(0, 20)) printer.out(`  ${visible(session)}\n`);
    if (!request.dryRun && chunks > 0) {
      printer.out(`Asked for again by place, by words and by vectors: nothing is left.\n`);
    }
    return undefined;
  },
});

/** An empty condition comes of a variable that is not set; taken for none, it would let the others reach further. */
function conditionOf(name: string, options: CommandInput["options"]): string | undefined {
  const value = options[name];
  if (typeof value !== "string") return undefined;
  if (value.trim() !== "") return value;
  throw new UserError("request.bad-arguments", `forget: --${name} is empty`, {
    hint: "Give it a value or leave it out.",
  });
}

const DAY_MS = 86_400_000;

function instantBefore(days: string | undefined): number | undefined {
  if (days === undefined) return undefined;
  const range = { min: 0, max: 1_000_000, fractions: true, what: "a number of days" };
  return Date.now() - numberOf("forget", "older-than", days, range) * DAY_MS;
}
