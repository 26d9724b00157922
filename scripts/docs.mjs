// `npm run docs`: writes the pages that are derived from the code; with --check only says which are out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./prepare.mjs";
import { scalePage } from "./scale-page.mjs";

const from = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
const { VERBS } = await from("cli/verbs.js");
const { flagOf, usageOf } = await from("cli/help.js");
const { COMMON_OPTIONS } = await from("cli/command.js");
const { configSchema, SETTINGS } = await from("settings.js");
const { TOOLS } = await from("tools/catalogue.js");
const { renderToolsPage } = await from("tools/tools-page.js");
const { FIGURES, planStore } = await from("store/plan.js");

const pages = {
  "cli.md": await cliPage(),
  "configuration.md": configurationPage(),
  "tools.md": renderToolsPage(TOOLS),
  "scale.md": scalePage(planStore, FIGURES, {
    million: measured("qdrant-scale-1000000"),
    real: measured("qdrant-recall-real-1012572"),
    clusters: measured("qdrant-recall-synthetic-1000000"),
  }),
};
const outdated = Object.entries(pages).filter(([name, text]) => current(name) !== text);
if (process.argv.includes("--check")) {
  for (const [name] of outdated) console.error(`docs/${name} is out of date: run \`npm run docs\``);
  process.exit(outdated.length === 0 ? 0 : 1);
}
for (const [name, text] of outdated) writeFileSync(path.join(root, "docs", name), text);
console.log(outdated.length === 0 ? "docs/ is up to date" : `wrote ${outdated.map(([name]) => name).join(", ")}`);

/** What a benchmark left behind. */
function measured(name) {
  return JSON.parse(readFileSync(path.join(root, "bench/results", `${name}.json`), "utf8"));
}

function current(name) {
  const file = path.join(root, "docs", name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

async function cliPage() {
  const lines = ["# Command line", "", "Generated from the verbs' definitions.", ""];
  for (const { load } of VERBS) {
    const command = await load();
    lines.push(
      `## \`${command.name}\``,
      "",
      `${command.summary}.`,
      "",
      "```",
      `codelab-mcp ${usageOf(command)}`,
      "```",
      "",
    );
    if (command.details !== undefined) lines.push(command.details, "");
    const rows = [
      ...(command.positionals ?? []).map(({ name, description }) => [name, description]),
      ...Object.entries(command.options ?? {}).map(([name, option]) => [flagOf(name, option), option.description]),
    ];
    if (rows.length > 0)
      lines.push(
        ...table(
          ["argument", "meaning"],
          rows.map(([left, right]) => [`\`${left}\``, right]),
        ),
        "",
      );
    lines.push(...command.examples.map(({ line, does }) => `- \`codelab-mcp ${line}\`: ${does}`), "");
  }
  const common = Object.entries(COMMON_OPTIONS).map(([name, option]) => [
    `\`${flagOf(name, option)}\``,
    option.description,
  ]);
  lines.push("## Every verb", "", ...table(["flag", "meaning"], common), "");
  lines.push(
    "Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 an error that the caller can mend,",
  );
  lines.push("2 a bug, 130 interrupted. Colours respect `NO_COLOR`.", "");
  return lines.join("\n");
}

function configurationPage() {
  const rows = Object.entries(SETTINGS).map(([key, { env, flag, description, project, secret }]) => [
    `\`${key}\``,
    env.map((name) => `\`${name}\``).join(", "),
    flag === undefined ? "" : `\`--${flag}\``,
    defaultOf(key),
    project ? "yes" : "no",
    `${description}${secret === true ? " Secret: never printed." : ""}`,
  ]);
  return [
    "# Configuration",
    "",
    "Flags win over the environment, the environment over the project's file (`.codelab.json` in the workspace), that over",
    "your own file (`config.json` in `CODELAB_HOME`), and that over the defaults. Both files hold one JSON object with the",
    "keys below. A project's file may set only what the column says: a cloned repository cannot send your code elsewhere.",
    "",
    ...table(["key", "environment", "flag", "default", "by project", "meaning"], rows),
    "",
  ].join("\n");
}

function defaultOf(key) {
  const parsed = configSchema.parse({ home: "~/.codelab-mcp", workspace: "the nearest project" });
  const value = parsed[key];
  return value === undefined ? "" : `\`${JSON.stringify(value).replaceAll('"', "")}\``;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
