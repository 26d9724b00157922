import { beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { RESOURCES } from "../../src/resources/catalogue.ts";
import { conversationResource } from "../../src/resources/conversation.ts";
import { fileResource } from "../../src/resources/file.ts";
import { indexStatusResource } from "../../src/resources/index-status.ts";
import type { ToolContext } from "../../src/tools/context.ts";
import { callBy, fakeContext, REPORT } from "../tools/fake-context.ts";

let context: ReturnType<typeof fakeContext>;
beforeEach(() => {
  context = fakeContext({ "src/a.ts": "export const a = 1;\n", "with space.md": "# hi\n", ".env": "SECRET=1\n" });
});

describe("the catalogue of resources", () => {
  it("gives each a name, a URI and a description of its own, of which no one begins with another's", () => {
    for (const key of ["name", "title", "uri", "description"] as const)
      expect(new Set(RESOURCES.map((resource) => resource[key])).size).toBe(RESOURCES.length);
    const families = RESOURCES.filter(({ variable }) => variable !== undefined).map(({ uri }) => uri);
    for (const { uri } of RESOURCES)
      expect(families.filter((family) => family !== uri && uri.startsWith(family))).toEqual([]);
    for (const { uri, variable, description, mimeType, name } of RESOURCES) {
      expect(uri).toMatch(variable === undefined ? /^[a-z]+:\/\/[a-z]+$/ : /^[a-z]+:\/\/(?:[a-z]+\/)?$/);
      expect(description).toMatch(/\.$/);
      expect(mimeType).toMatch(/^[a-z]+\/[a-z]+$/);
      expect(name).toMatch(/^[a-z_]+$/);
    }
  });
});

describe("codelab://index", () => {
  it("is the report as JSON", async () => {
    const found = await indexStatusResource.read("", context, callBy());
    expect(found?.mimeType).toBe("application/json");
    expect(JSON.parse(found?.text ?? "")).toEqual(JSON.parse(JSON.stringify(REPORT)));
  });
});

describe("codelab://files/", () => {
  it.each([
    ["src/a.ts", "export const a = 1;\n"],
    ["./src/a.ts", "export const a = 1;\n"],
    ["with space.md", "# hi\n"],
  ])("reads %s", async (path, text) => {
    const found = await fileResource.read(path, context, callBy());
    expect(found?.text).toContain(text.trimEnd());
    expect(found?.mimeType).toBe("text/plain");
  });

  it.each([
    "../outside",
    "src/../src/a.ts",
    "/etc/passwd",
    "src",
    "gone.ts",
    "src/a.ts/b",
    "",
    "a\0b",
    ".git/config",
    "~/x",
    "C:\\x",
  ])("refuses %j as read_file does, in words for its caller", async (path) => {
    // It reads in an instant; what it throws must reach whoever asked as an error of theirs.
    const reading = (async () => await fileResource.read(path, context, callBy()))();
    await expect(reading).rejects.toBeInstanceOf(UserError);
  });

  it("counts as an operation on files, which are limited by the hour", () => {
    expect(RESOURCES.filter(({ countsAsFileOperation }) => countsAsFileOperation === true)).toEqual([fileResource]);
  });
});

describe("conversation://", () => {
  it.each([
    ["s-1", { sessionId: "s-1" }],
    ["s-1/7", { sessionId: "s-1", around: 7 }],
    ["3f2504e0-4f89-41d3-9a0c-0305e82c3301/0", { sessionId: "3f2504e0-4f89-41d3-9a0c-0305e82c3301", around: 0 }],
  ])("reads %s", async (rest, asked) => {
    const found = await conversationResource.read(rest, context, callBy());
    expect(found?.mimeType).toBe("text/plain");
    expect(found?.text).not.toBe("");
    expect(context.asked.pages).toEqual([asked]);
  });

  it.each([
    "",
    "/",
    "s-1/",
    "s-1/x",
    "s-1/-1",
    "s-1/1e3",
    "s-1/1/2",
    "../s-1",
    "s 1",
    `${"x".repeat(201)}`,
    "s-1/1234567890",
    "s-1\n/1",
  ])("knows none called %j, and asks nobody", async (rest) => {
    expect(await conversationResource.read(rest, context, callBy())).toBeNull();
    expect(context.asked.pages).toEqual([]);
  });

  it("passes on what the archive says of a session that is not there", async () => {
    const refusing = new UserError("conversation.not-found", "there is no such session");
    const conversations: ToolContext["conversations"] = {
      ...context.conversations,
      read: () => Promise.reject(refusing),
    };
    await expect(conversationResource.read("s-9", { ...context, conversations }, callBy())).rejects.toBe(refusing);
  });
});
