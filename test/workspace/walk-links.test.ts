import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { writeTree } from "../write-tree.ts";
import { succeeds, temporaryDirectory, walkAll } from "./temporary.ts";

const base = temporaryDirectory();

const name = fc.constantFrom("a", "b", "c", "d", "e.ts", "f.ts");
const place = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const target = fc.oneof(
  place,
  place.map((each) => `../${each}`),
  fc.constantFrom("..", ".", "../..", "../../..", "/", "/nowhere"),
);

it("walks each file once under its real name, whatever links there are", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(place, { minLength: 3, maxLength: 12 }),
      fc.array(fc.tuple(place, target), { maxLength: 12 }),
      async (files, links) => {
        const root = path.join(mkdtempSync(path.join(base, "p-")), "root");
        mkdirSync(root);
        const written = files.filter((file) => succeeds(() => writeTree(root, { [file]: "x" })));
        for (const [at, to] of links) {
          succeeds(() => mkdirSync(path.dirname(path.join(root, at)), { recursive: true }));
          succeeds(() => symlinkSync(to, path.join(root, at)));
        }
        const { paths, skips } = await walkAll(root, { defaults: false });
        expect(paths).toEqual(written.toSorted());
        for (const file of paths) expect(realpathSync(path.join(root, file))).toBe(path.join(root, file));
        for (const skip of skips) expect(skip).toMatch(/^symlink-(?:loop|dangling|outside) /);
        rmSync(path.dirname(root), { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});

it("walks what links ask for among what is left out, once, however the links overlap", async () => {
  const inner = fc.constantFrom("x", "x/y", "x/y/z", "x/y/one.ts", "x/two.ts", "w");
  await fc.assert(
    fc.asyncProperty(fc.array(inner, { minLength: 1, maxLength: 6 }), async (targets) => {
      const root = mkdtempSync(path.join(base, "q-"));
      const hidden = ["x/two.ts", "x/y/one.ts", "x/y/z/three.ts", "w/four.ts"];
      writeTree(root, { ".gitignore": "/out", ...Object.fromEntries(hidden.map((file) => [`out/${file}`, ""])) });
      for (const [index, to] of targets.entries()) symlinkSync(`out/${to}`, path.join(root, `link${index}`));
      const wanted = hidden.filter((file) => targets.some((to) => file === to || file.startsWith(`${to}/`)));
      const { paths, skips } = await walkAll(root, { defaults: false });
      expect(paths).toEqual([".gitignore", ...wanted.map((file) => `out/${file}`)].toSorted());
      expect(skips).toEqual([]);
      rmSync(root, { recursive: true });
    }),
    { numRuns: 40 },
  );
});

it("is led by no link to secrets, nor to what the configuration leaves out", async () => {
  const root = mkdtempSync(path.join(base, "s-"));
  const closed = [".env", ".ssh/id.ts", ".aws/deep/key.ts", ".NPMRC", "out/x.ts", "out/deep/y.ts"];
  writeTree(root, { "fine.ts": "", ".hidden.ts": "", ...Object.fromEntries(closed.map((file) => [file, ""])) });
  const targets = [...closed, ".ssh", ".aws", ".aws/deep", "out", "out/deep", "link0"];
  for (const [index, to] of targets.entries()) symlinkSync(to, path.join(root, `link${index}`));
  const { paths, skips } = await walkAll(root, { defaults: false, exclude: ["/out/"] });
  expect(paths).toEqual([".hidden.ts", "fine.ts"]);
  expect(skips).toEqual([]);
  // Who asks for one by name gets it.
  expect((await walkAll(root, { defaults: false, exclude: ["/out/"], include: [".env"] })).paths).toContain(".env");
});
