import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMON_OPTIONS, defineCommand } from "../../src/cli/command.ts";
import { closest } from "../../src/edit-distance.ts";
import { flagOf, renderCommandHelp, usageOf } from "../../src/cli/help.ts";
import { optionsOf, parseCommandLine } from "../../src/cli/parse.ts";
import { VERBS } from "../../src/cli/verbs.ts";

const command = defineCommand({
  name: "bake",
  summary: "Bake something",
  positionals: [
    { name: "WHAT", description: "What to bake.", required: true },
    { name: "HOW", description: "How." },
  ],
  options: {
    heat: { type: "string", short: "H", value: "DEGREES", description: "How hot." },
    fan: { type: "boolean", description: "With the fan." },
  },
  examples: [{ line: "bake bread", does: "bread" }],
  run: async () => {},
});
const greedy = defineCommand({
  ...command,
  positionals: [{ name: "WORDS", description: "All.", required: true, rest: true }],
});

const parse = (...args: string[]) => parseCommandLine(command, args);
const refusal = (...args: string[]) => {
  try {
    parse(...args);
  } catch (error) {
    return error as { code: string; message: string; hint: string };
  }
  throw new Error("it was taken");
};

describe("parseCommandLine", () => {
  it("takes flags before, between and after arguments, in every spelling", () => {
    const wanted = { positionals: ["bread", "slowly"], options: { heat: "200", fan: true } };
    for (const line of [
      ["--heat", "200", "bread", "--fan", "slowly"],
      ["bread", "slowly", "--fan", "--heat=200"],
      ["-H", "200", "--fan", "bread", "slowly"],
      ["-H200", "bread", "--fan", "slowly"],
    ])
      expect(parse(...line)).toEqual(wanted);
  });

  it("turns a switch off by --no-, and lets the last of two that contradict each other win", () => {
    expect(parse("bread", "--no-fan").options).toEqual({ fan: false });
    expect(parse("bread", "--fan", "--no-fan").options).toEqual({ fan: false });
    expect(parse("bread", "--no-fan", "--fan").options).toEqual({ fan: true });
    expect(parse("bread", "--heat=1", "--heat=2").options).toEqual({ heat: "2" });
  });

  it("takes anything after -- as it stands, with a leading dash or not", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        expect(parseCommandLine(greedy, ["--fan", "--", ...words])).toEqual({
          positionals: words,
          options: { fan: true },
        });
      }),
    );
  });

  it("takes a value that begins with a dash after =, and asks for that spelling without", () => {
    expect(parse("bread", "--heat=-20").options).toEqual({ heat: "-20" });
    expect(refusal("bread", "--heat", "-20").message).toMatch(/^bake: option '(?:-H, )?--heat/);
  });

  it("names what is wrong, proposes what was meant, and says where all flags are", () => {
    expect(refusal().message).toBe("bake: WHAT is missing");
    expect(refusal("a", "b", "c").message).toBe('bake: unexpected argument "c"');
    expect(refusal("a", "--heta", "3")).toMatchObject({
      code: "request.bad-arguments",
      message: expect.stringContaining("'--heta'") as string,
      hint: "Did you mean --heat? Run `codelab-mcp bake --help` for its flags.",
    });
    expect(refusal("a", "--no-fam").hint).toMatch(/^Did you mean --fan\?/);
    expect(refusal("a", "--hate=3").hint).toMatch(/^Did you mean --heat\?/);
    expect(refusal("a", "--completely-else").hint).toBe("Run `codelab-mcp bake --help` for its flags.");
    expect(refusal("a", "--heat").message).toMatch(/--heat.*argument missing/);
    expect(refusal("a", "--fan=yes").message).toMatch(/--fan.*does not take an argument/);
    expect(refusal("a", "--no-heat").message).toContain("--no-heat");
    expect(refusal("a", "-x").message).toContain("-x");
  });

  it("never throws anything but a refusal that names the verb", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("--", "--heat", "-H", "--fan", "-", "="))), (args) => {
        try {
          const { positionals } = parse(...args);
          expect(positionals.length).toBeLessThanOrEqual(2);
        } catch (error) {
          expect(error).toMatchObject({ name: "UserError", code: "request.bad-arguments" });
          expect(String(error)).toContain("bake: ");
        }
      }),
    );
  });
});

describe("closest", () => {
  const words = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });

  it("is the word itself where it is there, and never one that is more than two edits away", () => {
    fc.assert(
      fc.property(words, fc.array(words, { maxLength: 8 }), (word, candidates) => {
        expect(closest(word, [...candidates, word])).toBe(word);
        const found = closest(word, candidates);
        if (found !== undefined) expect(Math.abs(found.length - word.length)).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("finds a word from which a letter is missing, too many, wrong, or swapped with the next", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"), minLength: 5, maxLength: 9 }),
        fc.nat(3),
        (word, at) => {
          const [left, right] = [word.slice(0, at), word.slice(at + 1)];
          const swapped = left + (word[at + 1] ?? "") + (word[at] ?? "") + word.slice(at + 2);
          for (const typo of [left + right, `${left}z${word.slice(at)}`, `${left}z${right}`, swapped])
            expect(closest(typo, ["something-else", word])).toBe(word);
        },
      ),
    );
  });
});

describe("the help of every verb", () => {
  it.each(VERBS.map(({ name }) => name))(
    "%s: names every flag and argument, in lines that a terminal holds",
    async (name) => {
      const verb = await VERBS.find((each) => each.name === name)?.load();
      if (verb === undefined) throw new Error("no verb");
      const help = renderCommandHelp(verb, (_, text) => text);
      expect(help).toContain(`  codelab-mcp ${usageOf(verb)}\n`);
      for (const [flag, option] of Object.entries(optionsOf(verb))) {
        expect(help).toContain(`  ${flagOf(flag, option)} `);
        expect(option.description).toMatch(/[.)]$/);
        // A value has a name in help, a switch has none.
        expect(option.value === undefined).toBe(option.type === "boolean");
      }
      for (const { name: word, description } of verb.positionals ?? []) {
        expect(word).toMatch(/^[A-Z]+$/);
        expect(help).toContain(description);
      }
      for (const line of (verb.details ?? "").split("\n")) expect(line.length).toBeLessThanOrEqual(240);
    },
  );

  it("gives no two flags of a verb one letter, and none of them a name that --no- would clash with", async () => {
    for (const { load } of VERBS) {
      const options = Object.entries(optionsOf(await load()));
      const letters = options.flatMap(([, { short }]) => short ?? []);
      expect(new Set(letters).size).toBe(letters.length);
      for (const [flag] of options) expect(flag).not.toMatch(/^no-/);
      for (const common of Object.keys(COMMON_OPTIONS)) expect(options.map(([flag]) => flag)).toContain(common);
    }
  });
});
