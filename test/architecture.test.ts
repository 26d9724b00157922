import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const SRC = path.resolve(import.meta.dirname, "../src");

/** What each room may import besides itself; `types` only by `import type`. The leaves are the files at the root. */
const TABLE: Readonly<Record<string, { readonly rooms: readonly string[]; readonly types?: readonly string[] }>> = {
  leaves: { rooms: [] },
  workspace: { rooms: ["leaves"] },
  chunk: { rooms: ["leaves"] },
  transcripts: { rooms: ["leaves"] },
  embed: { rooms: ["leaves"] },
  store: { rooms: ["leaves"] },
  approval: { rooms: ["leaves"], types: ["workspace"] },
  search: { rooms: ["leaves", "embed", "store"], types: ["chunk"] },
  indexer: { rooms: ["leaves", "workspace", "chunk", "transcripts", "embed", "store"] },
  watch: { rooms: ["leaves", "workspace", "indexer"] },
  services: { rooms: ["leaves", "workspace"] },
  install: { rooms: ["leaves"] },
  tools: { rooms: ["leaves"], types: ["search", "workspace", "approval"] },
  resources: { rooms: ["leaves", "tools"], types: ["search", "workspace", "approval"] },
  agents: { rooms: ["leaves", "tools"], types: ["search", "workspace", "approval"] },
  mcp: { rooms: ["leaves", "tools", "resources", "agents", "approval"], types: ["search"] },
  web: { rooms: ["leaves", "tools", "resources", "agents", "approval"], types: ["search"] },
  app: {
    rooms: [
      "leaves",
      "workspace",
      "chunk",
      "transcripts",
      "embed",
      "store",
      "approval",
      "search",
      "indexer",
      "watch",
      "services",
      "install",
    ].concat(["tools", "resources", "agents", "mcp", "web"]),
  },
  cli: { rooms: ["leaves", "app", "approval", "tools"], types: ["search", "indexer"] },
};

const files = readdirSync(SRC, { recursive: true })
  .map((name) => String(name).replaceAll(path.sep, "/"))
  .filter((name) => name.endsWith(".ts"));

function roomOf(file: string): string {
  const [first = "", second] = file.split("/");
  if (second !== undefined) return first;
  if (first === "app.ts") return "app";
  return first === "cli.ts" || first === "index.ts" ? "cli" : "leaves";
}

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isType: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(SRC, file), "utf8");
  const statements = text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s+)?[^;]*?from\s+"(\.[^"]+)"|import\(\s*"(\.[^"]+)"/g,
  );
  return Array.from(statements, ([, , type, target, dynamic]) => ({
    file,
    target: path.posix.join(path.posix.dirname(file), target ?? dynamic ?? ""),
    isType: type !== undefined,
  }));
}

describe("the house", () => {
  it("has a row in the table for every room", () => {
    expect(files.map(roomOf).filter((room) => !Object.hasOwn(TABLE, room))).toEqual([]);
  });

  it.each(Object.keys(TABLE))("%s imports only what the table allows", (room) => {
    const { rooms = [], types = [] } = TABLE[room] ?? {};
    const forbidden = files
      .filter((file) => roomOf(file) === room)
      .flatMap(importsOf)
      .filter(({ target, isType }) => {
        const other = roomOf(target);
        return other !== room && !rooms.includes(other) && !(isType && types.includes(other));
      });
    expect(forbidden).toEqual([]);
  });

  it("keeps errors.ts at the bottom", () => {
    expect(importsOf("errors.ts")).toEqual([]);
  });

  it("resolves every relative import to a file", () => {
    const known = new Set(files);
    expect(files.flatMap(importsOf).filter(({ target }) => !known.has(target))).toEqual([]);
  });

  it("has no circle of files, not even of types", () => {
    const targets = new Map(files.map((file) => [file, importsOf(file).map(({ target }) => target)]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      const start = trail.indexOf(file);
      if (start >= 0) circles.push([...trail.slice(start), file].join(" -> "));
      if (start >= 0 || done.has(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it("keeps every file within one sitting", () => {
    const lines = files.map((file) => ({ file, lines: readFileSync(path.join(SRC, file), "utf8").split("\n").length }));
    expect(lines.filter((entry) => entry.lines > 301)).toEqual([]);
  });

  it("never forces a type", () => {
    const forced = files.filter((file) => /\bas unknown as\b/.test(readFileSync(path.join(SRC, file), "utf8")));
    expect(forced).toEqual([]);
  });
});
