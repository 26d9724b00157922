import { z } from "zod";
import type { Prepared, Tool } from "../tools/tool.ts";

/** Tells a model what is wrong with its arguments and what is expected instead, so that the next call is right. */
export function explainBadArguments(tool: Tool, args: unknown, wrong: Extract<Prepared, { ok: false }>): string {
  const count = wrong.unknown.length + wrong.issues.length;
  // A hundred problems teach no more than the first few.
  const problems = [
    ...wrong.unknown.slice(0, MAX_PROBLEMS).map((name) => `Unknown argument ${quote(name)}.${suggestion(name, tool)}`),
    ...wrong.issues.slice(0, MAX_PROBLEMS).map((issue) => explainIssue(issue, args)),
  ].slice(0, MAX_PROBLEMS);
  return [
    `${tool.name} was not run: its arguments do not fit.`,
    ...problems.map((problem) => `- ${problem}`),
    ...(count > problems.length ? [`- and ${count - problems.length} more`] : []),
    expectedArguments(tool),
    "Call it again with these.",
  ].join("\n");
}

/** One line that names every argument of a tool with its type. */
export function expectedArguments(tool: Tool): string {
  const fields = Object.entries(jsonFields(tool));
  if (fields.length === 0) return "Expected no arguments.";
  return `Expected arguments: ${fields.map(([name, field]) => `${name} (${describeField(field)})`).join(", ")}.`;
}

const MAX_PROBLEMS = 5;

interface Field {
  readonly type: string;
  readonly optional: boolean;
}

function jsonFields(tool: Tool): Record<string, Field> {
  const schema = z.toJSONSchema(tool.input, { io: "input" });
  const required = new Set(schema.required ?? []);
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, property]) => [
      name,
      { type: typeOf(property), optional: !required.has(name) },
    ]),
  );
}

function typeOf(property: z.core.JSONSchema._JSONSchema): string {
  if (typeof property === "boolean") return "anything";
  if (property.enum !== undefined) return property.enum.map((value) => JSON.stringify(value)).join(" | ");
  const { minimum, maximum } = property;
  const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return `${String(property.type ?? "value")}${isBounded ? ` ${minimum} to ${maximum}` : ""}`;
}

function describeField({ type, optional }: Field): string {
  return optional ? `${type}, optional` : type;
}

function explainIssue(issue: z.core.$ZodIssue, args: unknown): string {
  const where = issue.path.map((step) => (typeof step === "number" ? `[${step}]` : String(step))).join(".");
  const given = issue.path.reduce<unknown>((value, step) => memberOf(value, step), args);
  if (where === "") return `The arguments must be an object, not ${nameOf(args)}.`;
  if (given === undefined) return `${quote(where)} is missing.`;
  return `${quote(where)}: ${issue.message}; given ${show(given)}.`;
}

function memberOf(value: unknown, step: PropertyKey): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, step)
    ? Reflect.get(value, step)
    : undefined;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

/** The value given, short enough for a message. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
}

function quote(name: string): string {
  return `\`${name.slice(0, 100)}\``;
}

/** The argument that was probably meant: the same letters in another spelling, or one that begins like it. */
function suggestion(name: string, tool: Tool): string {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[^a-z]/g, "");
  const wanted = plain(name);
  const meant = Object.keys(tool.input.shape).find((key) => {
    const known = plain(key);
    return wanted.length > 2 && (known === wanted || known.startsWith(wanted.slice(0, 4)) || wanted.includes(known));
  });
  return meant === undefined ? "" : ` Did you mean \`${meant}\`?`;
}
