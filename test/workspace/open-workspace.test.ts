import { realpathSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const root = writeTree(path.join(temporaryDirectory(), "work"), { "a.ts": "", "sub/b.ts": "" });
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(message) as string,
    hint: expect.any(String) as string,
  }) as Error;

describe("openWorkspace", () => {
  it("knows a directory by its real path and by the one that was given", () => {
    if (process.platform !== "win32") symlinkSync(root, path.join(root, "sub/link"));
    const given = process.platform === "win32" ? root : path.join(root, "sub/link");
    expect(openWorkspace(`${given}/`)).toMatchObject({ root: realpathSync(root), alias: given, hidden: "deny" });
  });

  it.each([
    ["nothing", "gone", "workspace.not-found", /gone does not exist/],
    ["something below nothing", "gone/deeper", "workspace.not-found", /does not exist/],
    ["a file", "a.ts", "workspace.not-a-directory", /a\.ts is not a directory/],
    ["something below a file", "a.ts/deeper/still", "workspace.not-found", /does not exist/],
    ["a name that no file system takes", "x".repeat(5_000), "workspace.not-found", /cannot be looked at: ENAMETOOLONG/],
  ] as const)("names %s for what it is", (_, place, code, message) => {
    expect(() => openWorkspace(path.join(root, place))).toThrow(refusal(code, message));
  });

  it.skipIf(process.platform === "win32")("names a circle of links", () => {
    symlinkSync("circle", path.join(root, "circle"));
    expect(() => openWorkspace(path.join(root, "circle"))).toThrow(refusal("workspace.not-found", /ELOOP/));
  });
});
