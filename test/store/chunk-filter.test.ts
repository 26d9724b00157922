import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EmbeddedStore } from "../../src/store/embedded-store.ts";
import type { ChunkFilter } from "../../src/store/index-store.ts";
import { makeChunk, makeSession, makeVector, put, source } from "../contract/make-chunks.ts";
import { TempStore } from "./temp-store.ts";

let place: TempStore;
let store: EmbeddedStore;

beforeEach(async () => {
  place = await TempStore.create();
  store = await place.open();
});
afterEach(() => place[Symbol.asyncDispose]());

/** The paths of all chunks that pass, by full text and by meaning, which must agree. */
async function pathsPassing(filter: ChunkFilter, limit = 100): Promise<string[]> {
  const byWords = await store.searchLexical({ terms: [{ text: "needl" }], limit, filter });
  const paths = (await store.chunks(byWords.map(({ id }) => id))).map(({ path }) => path).toSorted();
  const byMeaning = await store.searchVector(makeVector("needle", 16), limit, filter);
  expect((await store.chunks(byMeaning.map(({ id }) => id))).map(({ path }) => path).toSorted()).toEqual(paths);
  return [...new Set(paths)];
}

async function embedAll(): Promise<void> {
  const pending = await store.pendingVectors(1_000);
  await store.putVectors(pending.map(({ vectorKey, text }) => ({ vectorKey, vector: makeVector(text, 16) })));
}

async function putFiles(paths: readonly string[]): Promise<void> {
  await store.useVectors("m", 16);
  await put(store, ...paths.map((path) => source(path, makeChunk(`needle in ${path}`))));
  await embedAll();
}

/** A glob read character by character, for patterns of letters, `/`, `.`, `*`, `**` and `?`. */
function globMatches(glob: string, path: string): boolean {
  const subject = glob.includes("/") ? path : path.slice(path.lastIndexOf("/") + 1);
  const matches = (parts: readonly string[], names: readonly string[]): boolean => {
    const [part, ...rest] = parts;
    if (part === undefined) return names.length === 0;
    if (part === "**") {
      // The last one stands for something, one in between for any number of folders.
      if (rest.length === 0) return names.length > 0;
      return names.some((_, skipped) => matches(rest, names.slice(skipped)));
    }
    const [name, ...others] = names;
    if (name === undefined) return false;
    return nameMatches(part, name) && matches(rest, others);
  };
  return matches(glob.split("/"), subject.split("/"));
}

function nameMatches(part: string, name: string): boolean {
  if (part === "") return name === "";
  if (part.startsWith("*")) {
    return nameMatches(part.slice(1), name) || (name !== "" && nameMatches(part, name.slice(1)));
  }
  return name !== "" && (part[0] === "?" || part[0] === name[0]) && nameMatches(part.slice(1), name.slice(1));
}

describe("a glob of paths", () => {
  const PATHS = [
    "a.ts", "b.ts", ".a.ts", "src/a.ts", "src/b.rs", "src/lib/a.ts", "src/lib/.b.ts", "lib/a.ts", "lib/src/b.ts",
    "src/a b/ab.ts", "ab.ts", "src/lib/deep/ab.rs",
  ]; // prettier-ignore

  it("means what reading it character by character means", async () => {
    await putFiles(PATHS);
    const name = fc.constantFrom("a.ts", "*.ts", "*", "?.ts", "a*", "*.rs", "ab.?s", "*b*", ".a.ts", "b.ts");
    const folder = fc.constantFrom("src", "lib", "*", "**", "s*", "?ib");
    const glob = fc
      .tuple(fc.array(folder, { maxLength: 3 }), name)
      .map(([folders, last]) => [...folders, last].join("/"));
    await fc.assert(
      fc.asyncProperty(glob, async (pathGlob) => {
        const expected = PATHS.filter((path) => globMatches(pathGlob, path)).toSorted();
        expect(await pathsPassing({ pathGlob }), pathGlob).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["{src,lib}/*.ts", ["lib/a.ts", "src/a.ts"]],
    ["src/**", ["src/a.ts", "src/b.rs", "src/lib/.b.ts", "src/lib/a.ts"]],
    ["!src/**", ["a.ts", "lib/a.ts"]],
    ["./src/*.ts", ["src/a.ts"]],
    ["[ab].ts", ["a.ts", "lib/a.ts", "src/a.ts", "src/lib/a.ts"]],
    ["src/*.{ts,rs}", ["src/a.ts", "src/b.rs"]],
    ["no/such/**", []],
  ])("understands %s", async (pathGlob, expected) => {
    await putFiles(["a.ts", "src/a.ts", "src/b.rs", "src/lib/a.ts", "src/lib/.b.ts", "lib/a.ts"]);
    expect(await pathsPassing({ pathGlob })).toEqual(expected);
  });

  it.each(["[", "[]", "", "  ", "\\", "[a-", "{a,b}".repeat(9)])(
    "refuses %j by name, with a way on",
    async (pathGlob) => {
      await putFiles(["a.ts"]);
      const refusal = { code: "request.invalid-glob", hint: expect.stringContaining("src/**") };
      await expect(pathsPassing({ pathGlob })).rejects.toMatchObject(refusal);
    },
  );

  it("answers or refuses any text, at once", async () => {
    const long = `${"a".repeat(200)}.ts`;
    await putFiles([long, `src/${long}`, "b.ts"]);
    const hostile = fc.oneof(
      fc.string({ maxLength: 40, unit: "grapheme" }),
      fc
        .constantFrom("*a", "+(a|aa)", "*(*a)", "?a*", "@(a|*)", "!(a)", "**/", "[a]*")
        .map((part) => `${part.repeat(20)}b`),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (pathGlob) => {
        const answer = store.searchLexical({ terms: [{ text: "needl" }], limit: 5, filter: { pathGlob } });
        const found = await answer.catch((error: unknown) => error);
        if (!Array.isArray(found)) expect(found).toMatchObject({ code: "request.invalid-glob" });
      }),
      { numRuns: 60 },
    );
  });
});

describe("a filter of several conditions", () => {
  it("lets through what passes each of them, whatever they are", async () => {
    const sessions = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
      makeSession({
        sessionId: `s${n % 3}`,
        project: n % 2 === 0 ? "shop" : "bank",
        gitBranch: n % 4 === 0 ? null : `branch${n % 2}`,
        startedAt: 1_000 * n,
        endedAt: 1_000 * n + 500,
        details: { files: [`/home/me/src/file${n % 3}.ts`, `lib\\win${n % 2}.ts`] },
      }),
    );
    await store.useVectors("m", 16);
    await put(
      store,
      ...sessions.map((session, n) =>
        source(
          `logs/${n}.jsonl`,
          makeChunk(`needle ${n}`, { session, language: n < 4 ? "markdown" : "text", kind: "session" }),
        ),
      ),
      source("code.ts", makeChunk("needle of code")),
    );
    await embedAll();
    const some = <Value>(...values: readonly Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const filter = fc.record({
      language: some("markdown", "text", "typescript"),
      project: some("shop", "bank", "none"),
      sessionId: some("s0", "s1", "s2"),
      gitBranch: some("branch0", "branch1"),
      since: some(0, 1_500, 3_000, 7_501),
      until: some(0, 1_000, 4_999, 9_000),
      file: some("file1.ts", "src/file2.ts", "win0.ts", "lib/win1.ts", "ile1.ts", "./file0.ts"),
      pathGlob: some("logs/*", "*.ts", "[0-3].jsonl"),
    });
    await fc.assert(
      fc.asyncProperty(filter, async (given) => {
        const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const expected = sessions.flatMap((session, n) => {
          const { language, project, sessionId, gitBranch, since = -1, until = 10_000, file, pathGlob } = given;
          const files = [`/home/me/src/file${n % 3}.ts`, `/lib/win${n % 2}.ts`];
          const passes =
            (language ?? (n < 4 ? "markdown" : "text")) === (n < 4 ? "markdown" : "text") &&
            (project ?? session.project) === session.project &&
            (sessionId ?? session.sessionId) === session.sessionId &&
            (gitBranch === undefined || gitBranch === session.gitBranch) &&
            session.endedAt >= since &&
            session.startedAt <= until &&
            (file === undefined || files.some((each) => each.endsWith(`/${file.replace("./", "")}`))) &&
            (pathGlob === undefined || pathGlob === "logs/*" || (pathGlob.startsWith("[") && n < 4));
          return passes ? [`logs/${n}.jsonl`] : [];
        });
        const { project, sessionId, gitBranch, since, until, file, language = "typescript", pathGlob = "*.ts" } = given;
        const isOfSession = [project, sessionId, gitBranch, since, until, file].some((value) => value !== undefined);
        const hasCode = !isOfSession && language === "typescript" && pathGlob === "*.ts";
        expect(await pathsPassing(asked)).toEqual([...expected, ...(hasCode ? ["code.ts"] : [])].toSorted());
      }),
      { numRuns: 80 },
    );
  });
});
