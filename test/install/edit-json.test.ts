import fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import { CLIENTS } from "../../src/install/clients.ts";
import { isEqual, JsonText } from "../../src/install/edit-json.ts";
import type { Machine } from "../../src/install/place.ts";
import { keysFile } from "../../src/install/vscode.ts";

const word = fc.string({ minLength: 1, maxLength: 8 });
const files = fc
  .tuple(
    fc.dictionary(word, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 }),
    fc.dictionary(word, fc.jsonValue(), { maxKeys: 4 }),
  )
  .map(([rest, servers]) => ({ ...rest, mcpServers: servers }));
const indents = fc.constantFrom(0, 1, 2, 4, "\t");

describe("JsonText", () => {
  it("changes nothing but what it was asked to, and back again", () => {
    fc.assert(
      fc.property(files, indents, fc.boolean(), (value, indent, windows) => {
        const text = JSON.stringify(value, null, indent).replaceAll("\n", windows ? "\r\n" : "\n");
        const json = new JsonText("file", text, "object");
        const at = ["mcpServers", "codelab (new)"];
        json.set(at, { command: "node", args: ["a", "b"] });
        const { mcpServers, ...rest } = JSON.parse(json.text) as typeof value;
        const { mcpServers: servers, ...before } = JSON.parse(text) as typeof value;
        expect(rest).toEqual(before);
        expect(mcpServers).toEqual({ ...servers, "codelab (new)": { command: "node", args: ["a", "b"] } });
        const once = json.text;
        json.set(at, { args: ["a", "b"], command: "node" });
        expect(json.text).toBe(once);
        json.remove(at);
        expect(JSON.parse(json.text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("never accepts what no reader accepts, nor changes what it refuses", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => text.slice(1)),
        ),
        (text) => {
          try {
            const json = new JsonText("file", text, "object");
            json.set(["a"], 1);
            expect(parse(json.text)).toMatchObject({ a: 1 });
          } catch (error) {
            expect(error).toMatchObject({ code: "request.broken-config" });
          }
        },
      ),
    );
  });

  it("keeps comments wherever they stand", () => {
    const text = '/* 1 */ { // 2\n  "servers": { /* 3 */ "a": 1 /* 4 */ } // 5\n} // 6\n';
    const json = new JsonText("file", text, "object");
    json.set(["servers", "b"], { x: 1 });
    json.remove(["servers", "b"]);
    for (const mark of ["/* 1 */", "// 2", "/* 3 */", "/* 4 */", "// 5", "// 6"]) expect(json.text).toContain(mark);
  });

  it("tells where a file is broken", () => {
    expect(() => new JsonText("settings.json", '{\n  "a": 1,\n  "b" 2\n}', "object")).toThrow(
      /settings\.json.*ColonExpected at line 3/,
    );
  });
});

it("knows equal values whatever the order of fields", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(isEqual(a, structuredClone(a))).toBe(true);
      // -0 is no JSON value.
      if (isEqual(a, b)) expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
    }),
  );
  expect(isEqual({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(isEqual([1, 2], [2, 1])).toBe(false);
  expect(isEqual({}, [])).toBe(false);
});

describe("places on other systems", () => {
  const mac: Machine = { platform: "darwin", homeDir: "/Users/me", env: {} };
  const windows: Machine = {
    platform: "win32",
    homeDir: "C:/Users/me",
    env: { APPDATA: "C:/Users/me/AppData/Roaming" },
  };
  const userFile = (name: string, machine: Machine) =>
    CLIENTS.find((client) => client.name === name)
      ?.files.user?.("/p", machine)
      .replaceAll("\\", "/");

  it.each([
    ["claude-code", mac, "/Users/me/.claude.json"],
    ["claude-code", { ...mac, env: { CLAUDE_CONFIG_DIR: "/elsewhere" } }, "/elsewhere/.claude.json"],
    ["claude-desktop", mac, "/Users/me/Library/Application Support/Claude/claude_desktop_config.json"],
    ["claude-desktop", windows, "C:/Users/me/AppData/Roaming/Claude/claude_desktop_config.json"],
    ["cursor", windows, "C:/Users/me/.cursor/mcp.json"],
    ["vscode", mac, "/Users/me/Library/Application Support/Code/User/mcp.json"],
    ["vscode", windows, "C:/Users/me/AppData/Roaming/Code/User/mcp.json"],
    ["vscode", { platform: "linux", homeDir: "/home/me", env: { XDG_CONFIG_HOME: "/xdg" } }, "/xdg/Code/User/mcp.json"],
  ] as const)("%s", (client, machine, file) => {
    expect(userFile(client, machine)).toBe(file);
  });

  it("puts key bindings where the user's are", () => {
    expect(keysFile(mac)).toBe("/Users/me/Library/Application Support/Code/User/keybindings.json");
  });
});
