import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { TOOLS } from "../../src/tools/catalogue.ts";
import type { Tool } from "../../src/tools/tool.ts";

const toolNamed = (name: string): Tool => {
  const tool = TOOLS.find((each) => each.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
};

/** Arguments that each tool takes, as its own first example gives them. */
const usual = ({ examples }: Tool): Record<string, unknown> => ({ ...examples[0]?.arguments });

interface Bounds {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** The fields of a tool as its JSON schema tells them to clients. */
const fieldsOf = (tool: Tool) =>
  Object.entries(z.toJSONSchema(tool.input, { io: "input" }).properties ?? {}) as [string, Bounds][];

/** Fields of which a value at the bound contradicts another field of the example. */
const takes = (tool: Tool, field: string, value: unknown) => tool.prepare({ ...usual(tool), [field]: value }).ok;

const NUMBERS = TOOLS.flatMap((tool) =>
  fieldsOf(tool).flatMap(([field, { type, minimum, maximum }]) =>
    type === "integer" && minimum !== undefined ? [{ tool, name: tool.name, field, minimum, maximum }] : [],
  ),
);
const TEXTS = TOOLS.flatMap((tool) =>
  fieldsOf(tool).flatMap(([field, { type, minLength = 0, maxLength }]) =>
    type === "string" && maxLength !== undefined ? [{ tool, name: tool.name, field, minLength, maxLength }] : [],
  ),
);

describe("a number of a tool", () => {
  it("is bounded in most tools", () => {
    expect(NUMBERS.length).toBeGreaterThan(5);
    expect(TEXTS.length).toBeGreaterThan(10);
  });

  it.each(NUMBERS)(
    "$name $field is taken at its bounds and refused beyond them",
    ({ tool, field, minimum, maximum }) => {
      expect(takes(tool, field, minimum)).toBe(true);
      expect(takes(tool, field, minimum - 1)).toBe(false);
      if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
        expect(takes(tool, field, maximum)).toBe(true);
        expect(takes(tool, field, maximum + 1)).toBe(false);
      }
    },
  );

  it.each(NUMBERS)("$name $field is a whole number and nothing that looks like one", ({ tool, field, minimum }) => {
    const odd = [
      minimum + 0.5,
      `${minimum}`,
      Number.NaN,
      Infinity,
      -Infinity,
      null,
      [minimum],
      { value: minimum },
      true,
      2 ** 53,
    ];
    for (const value of odd) expect(takes(tool, field, value), JSON.stringify(value)).toBe(false);
  });
});

describe("a text of a tool", () => {
  it.each(TEXTS)("$name $field is bounded in length", ({ tool, field, minLength, maxLength }) => {
    expect(takes(tool, field, "x".repeat(maxLength + 1))).toBe(false);
    if (minLength > 0) expect(takes(tool, field, "x".repeat(minLength - 1))).toBe(false);
  });

  it.each(TEXTS)("$name $field is a text", ({ tool, field }) => {
    for (const value of [7, null, ["x"], { text: "x" }, true]) expect(takes(tool, field, value)).toBe(false);
  });
});

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))("%s", (_, tool) => {
  it("names each argument that it does not know, and takes none of them", () => {
    for (const unknown of ["limits", "Query", "__proto__x", "constructor", "toString", "hasOwnProperty", ""]) {
      const prepared = tool.prepare({ ...usual(tool), [unknown]: 1 });
      expect(prepared, unknown).toMatchObject({ ok: false, unknown: [unknown] });
    }
    const polluted: unknown = JSON.parse(
      `{"__proto__": 1, ${JSON.stringify(usual(tool)).slice(1)}`.replace(", }", "}"),
    );
    expect(tool.prepare(polluted)).toMatchObject({ ok: false, unknown: ["__proto__"] });
  });

  it("names the fields that are missing or wrong", () => {
    const required = z.toJSONSchema(tool.input, { io: "input" }).required ?? [];
    for (const field of required) {
      const rest = Object.fromEntries(Object.entries(usual(tool)).filter(([name]) => name !== field));
      const prepared = tool.prepare(rest);
      expect(prepared.ok).toBe(false);
      if (!prepared.ok) expect(prepared.issues.map(({ path }) => path[0])).toContain(field);
    }
  });

  it("prepares or refuses whatever it is given, and never throws", () => {
    const names = Object.keys(tool.input.shape);
    const value = fc.oneof(fc.anything({ maxDepth: 2 }), fc.string(), fc.integer(), fc.constant(undefined));
    const args = fc.oneof(
      fc.anything({ maxDepth: 2 }),
      fc.dictionary(fc.constantFrom(...names, "other"), value),
      fc.dictionary(fc.constantFrom(...names, "x"), value).map((given) => ({ ...usual(tool), ...given })),
    );
    fc.assert(
      fc.property(args, (given) => {
        const prepared = tool.prepare(given);
        if (prepared.ok) expect(tool.input.safeParse(given ?? {}).success).toBe(true);
        else expect(prepared.unknown.length + prepared.issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it("takes no approval that is no id, and binds none to its arguments", () => {
    const isGated = tool.access !== "read";
    const prepared = tool.prepare({ ...usual(tool), approvalId: "a1" });
    expect(prepared.ok).toBe(isGated);
    if (!prepared.ok) return;
    expect(prepared.call.approvalId).toBe("a1");
    expect(prepared.call.input).not.toHaveProperty("approvalId");
    for (const wrong of ["", 7, null, "x".repeat(201)]) {
      expect(tool.prepare({ ...usual(tool), approvalId: wrong }).ok).toBe(false);
    }
  });

  it("means by nothing the same as by an empty object", () => {
    expect(tool.prepare(undefined).ok).toBe(tool.prepare({}).ok);
    for (const nothing of [null, [], "", 7, "query"])
      expect(tool.prepare(nothing).ok, JSON.stringify(nothing)).toBe(false);
  });
});

it("a query is no question when it is blank, and is taken without the blanks around it", () => {
  for (const name of ["search_code", "search_conversations"]) {
    for (const blank of ["", " ", "\n\t ", "\u00a0"]) expect(toolNamed(name).prepare({ query: blank }).ok).toBe(false);
    expect(toolNamed(name).prepare({ query: "  x \n" })).toMatchObject({ ok: true, call: { input: { query: "x" } } });
  }
});
