import { z } from "zod";
import type { Access, Tool } from "./tool.ts";

/** The documentation of the tools, in Markdown, from their definitions. */
export function renderToolsPage(tools: readonly Tool[]): string {
  return [
    "# Tools",
    "What a client sees over MCP. This page is generated from the definitions in `src/tools/`; `npm run docs` renews it.",
    table(
      ["Tool", "Does", "Asks first"],
      tools.map((tool) => [`[\`${tool.name}\`](#${tool.name})`, tool.title, tool.access === "read" ? "no" : "yes"]),
    ),
    ...tools.map(renderTool),
  ]
    .join("\n\n")
    .concat("\n");
}

function renderTool(tool: Tool): string {
  const { name, description, access, cli, examples, output } = tool;
  return [
    `## ${name}`,
    description,
    `*${ACCESS[access]}*${cli === undefined ? "" : ` On the command line: \`${cli}\`.`}`,
    ...renderArguments(tool),
    ...(output === undefined ? [] : ["Answers with data and with the same as text."]),
    ...examples.map((example) => `${example.says}:\n\n\`\`\`json\n${JSON.stringify(example.arguments)}\n\`\`\``),
  ].join("\n\n");
}

const ACCESS: Readonly<Record<Access, string>> = {
  read: "Reads only.",
  write: "Changes files: a human is asked first.",
  execute: "Runs programs: a human is asked first.",
};

function renderArguments({ input }: Tool): string[] {
  const schema = z.toJSONSchema(input, { io: "input" });
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const { type = "", description = "" } = typeof property === "boolean" ? {} : property;
    return [`\`${name}\``, String(type), schema.required?.includes(name) === true ? "yes" : "", description];
  });
  return rows.length === 0 ? ["No arguments."] : [table(["Argument", "Type", "Required", ""], rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
