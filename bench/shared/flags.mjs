import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/**
 * What a benchmark was called with. `known` names its flags with their defaults: a number or a text, undefined for a text
 * without one, false for a flag without value. With --help it prints the comment at the head of its file, and ends.
 */
export function readFlags(known = {}) {
  const options = { help: { type: "boolean", short: "h" } };
  for (const [name, value] of Object.entries(known))
    options[name] = { type: typeof value === "boolean" ? "boolean" : "string" };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  if (values.help) {
    console.log(headOf(process.argv[1]));
    process.exit(0);
  }
  const flags = Object.fromEntries(
    Object.entries(known).map(([name, value]) => {
      const given = values[name] ?? value;
      return [name, typeof value === "number" ? numberOf(name, given) : given];
    }),
  );
  return { flags, positionals };
}

function numberOf(name, given) {
  const number = Number(given);
  if (Number.isNaN(number)) throw new Error(`--${name} takes a number, not ${given}`);
  return number;
}

function headOf(file) {
  const lines = readFileSync(file, "utf8").split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ""))
    .join("\n");
}
