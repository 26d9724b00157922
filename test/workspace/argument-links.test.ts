import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { linksAmong } from "../../src/workspace/argument-links.ts";
import { temporaryDirectory } from "./temporary.ts";

const base = temporaryDirectory();
const root = path.join(base, "work");
const among = (words: readonly string[], cwd = "") => linksAmong(root, path.join(root, cwd), words);

beforeAll(() => {
  mkdirSync(path.join(root, "src"), { recursive: true });
  writeFileSync(path.join(root, "src/a.ts"), "");
  writeFileSync(path.join(base, "secret"), "");
  for (const [name, target] of [
    ["out", path.join(base, "secret")],
    ["up", base],
    ["src/in", "a.ts"],
    ["round", "round"],
    ["nowhere", "nothing"],
    ["here", "."],
  ] as const)
    symlinkSync(target, path.join(root, name));
});

describe.skipIf(process.platform === "win32")("linksAmong", () => {
  it.each<readonly [string, string]>([
    ["out", path.join(base, "secret")],
    ["./out", path.join(base, "secret")],
    ["up/secret", path.join(base, "secret")],
    ["up/", base],
    ["here", "."],
    ["src/in", "src/a.ts"],
  ])("says where %s leads", (word, target) => expect(among([word])).toEqual([{ word, target }]));

  it("looks within options, and from the directory that the command runs in", () => {
    const target = path.join(base, "secret");
    expect(among(["--file=out"])).toEqual([{ word: "out", target }]);
    expect(among(["a:out,x"])).toEqual([{ word: "out", target }]);
    expect(among(["in"], "src")).toEqual([{ word: "in", target: "src/a.ts" }]);
    expect(among(["out"], "src")).toEqual([]);
  });

  it.each(["src/a.ts", "./src/", "src//a.ts", "round", "nowhere", "none", "", "-x", "/etc/passwd", "src/../out", "\0"])(
    "has nothing to say of %j",
    (word) => expect(among([word])).toEqual([]),
  );

  it("takes any words, and as many as a command may have", () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: "binary", maxLength: 20 })), (words) => void among(words)));
    expect(among([...Array.from({ length: 20_000 }, (_, index) => `x${index}`), "out"])).toHaveLength(1);
  });
});
