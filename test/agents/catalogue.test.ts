import { expect, it, test } from "vitest";
import { ROLES, roleNamed } from "../../src/agents/catalogue.ts";
import { toolboxOf } from "../../src/agents/toolbox.ts";
import { TOOLS } from "../../src/tools/catalogue.ts";

test.each(ROLES.map((role) => [role.name, role] as const))("%s is well defined", (_, role) => {
  const known = new Set(TOOLS.map(({ name }) => name));
  expect(role.tools.filter((name) => !known.has(name))).toEqual([]);
  expect(role.tools).not.toContain("run_agent");
  expect(role.description.length).toBeGreaterThan(20);
  const names = toolboxOf(role, ROLES, TOOLS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.includes("delegate")).toBe(role.delegates.length > 0);
});

it("lets only those change anything whose work it is", () => {
  const gated = new Set(TOOLS.filter(({ access }) => access !== "read").map(({ name }) => name));
  const changing = ROLES.filter(({ tools }) => tools.some((name) => gated.has(name))).map(({ name }) => name);
  expect(changing).toEqual(["coder", "debug"]);
});

it("finds roles by name and says which there are", () => {
  expect(roleNamed(" Coder ").name).toBe("coder");
  expect(() => roleNamed("wizard")).toThrow(/no agent "wizard"/);
});
