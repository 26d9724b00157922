/** The language id of a file, by its name and, where that says nothing, its first line; `text` where none is known. */
export function languageOf(path: string, firstLine = ""): string {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).toLowerCase();
  const known = BY_NAME.get(name);
  if (known !== undefined) return known;
  // The longest extension decides: `a.d.ts` before `.ts`.
  for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
    const language = BY_EXTENSION.get(name.slice(dot + 1));
    if (language !== undefined) return language;
  }
  return languageOfShebang(firstLine) ?? "text";
}

function languageOfShebang(firstLine: string): string | undefined {
  const interpreter = /^#!\s*(?:\S*\/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*)?(?:\S*\/)?([A-Za-z+_-]+)/.exec(firstLine)?.[1];
  return interpreter === undefined ? undefined : BY_INTERPRETER.get(interpreter.toLowerCase());
}

function byKey(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(table).flatMap(([id, keys]) => keys.split(" ").map((key) => [key, id] as const)));
}

const BY_EXTENSION = byKey({
  typescript: "ts mts cts",
  tsx: "tsx",
  javascript: "js mjs cjs jsx es6",
  python: "py pyi pyw",
  go: "go",
  markdown: "md markdown mdx mdc",
});

const BY_NAME = byKey({ javascript: "jakefile", python: "sconstruct wscript" });

const BY_INTERPRETER = byKey({
  javascript: "node nodejs bun",
  typescript: "deno tsx ts-node",
  python: "python python2 python3 pypy",
});
