import { expect, it } from "vitest";
import { termsOf } from "../../src/terms.ts";
import type { ChunkFilter, IndexStore, LexicalTerm } from "../../src/store/index-store.ts";
import { type StoreUnderTest, makeChunk, makeSession, put, source } from "./make-chunks.ts";

/** Lexical search and the filters. */
export function describeSearch({ store }: StoreUnderTest): void {
  const find = async (terms: readonly (string | LexicalTerm)[], filter?: ChunkFilter, limit = 10) => {
    const query = { terms: terms.map((term) => (typeof term === "string" ? { text: term } : term)), limit };
    const found = await store().searchLexical(filter === undefined ? query : { ...query, filter });
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
    return textsOf(
      store(),
      found.map(({ id }) => id),
    );
  };

  it("finds the chunks that hold a term, in any of their fields", async () => {
    await put(
      store(),
      source("src/invoice.ts", makeChunk("nothing of note")),
      source("a.ts", makeChunk("an invoice is paid"), makeChunk("else")),
      source("b.ts", makeChunk("names only", { symbol: "Invoice.total", defines: ["total"] })),
    );
    expect((await find(["invoic"])).toSorted()).toEqual(["an invoice is paid", "names only", "nothing of note"]);
    expect(await find(["total"])).toEqual(["names only"]);
    expect(await find(["missing"])).toEqual([]);
    expect(await find([])).toEqual([]);
  });

  it("ranks by how rare, how frequent and where the terms are", async () => {
    await put(
      store(),
      source("a.ts", makeChunk("cart common common"), makeChunk("common words, and more of the common words")),
      source("b.ts", makeChunk("common rare"), makeChunk("common", { symbol: "cart", defines: ["cart"] })),
    );
    expect((await find(["common", "rar"]))[0]).toBe("common rare");
    expect((await find(["cart"]))[0]).toBe("common");
  });

  it("finds the parts of identifiers, and beginnings where asked", async () => {
    await put(store(), source("a.ts", makeChunk("parseHTTPResponse(x)"), makeChunk("parsecs")));
    expect(await find(["http"])).toEqual(["parseHTTPResponse(x)"]);
    expect(await find(["parsehttpresponse"])).toEqual(["parseHTTPResponse(x)"]);
    expect(await find(["parsehttpr"])).toEqual([]);
    expect(await find([{ text: "parsehttpr", prefix: true }])).toEqual(["parseHTTPResponse(x)"]);
    expect(await find([{ text: "pars", prefix: true }])).toHaveLength(2);
    // Only where no chunk has the word itself.
    expect(await find([{ text: "parsehttpr", begun: "parsehttpr" }])).toEqual(["parseHTTPResponse(x)"]);
    expect(await find([{ text: "parsehttpresponse", begun: "pars" }])).toEqual(["parseHTTPResponse(x)"]);
    expect(await find([{ text: "nowhere", begun: "nowher" }])).toEqual([]);
  });

  it("takes several words as a phrase", async () => {
    await put(store(), source("a.ts", makeChunk("read the file"), makeChunk("file the read"), makeChunk("unrelated")));
    expect(await find(["read the fil"])).toEqual(["read the file"]);
    expect(await find(["read fil"])).toEqual([]);
    expect((await find(["read the fil", "fil"]))[0]).toBe("read the file");
    expect(await find(["read the fil", "fil"])).toHaveLength(2);
  });

  it("answers strange terms without failing", async () => {
    await put(store(), source("a.ts", makeChunk("plain text")));
    const strange = [
      '"',
      "*",
      "a* OR b",
      "NEAR(",
      "'; DROP TABLE chunk; --",
      "\u0000",
      "ü",
      "数据",
      "x".repeat(10_000),
    ];
    for (const text of strange) {
      expect(await find([text])).toEqual([]);
      await find([{ text, prefix: true }]);
    }
    expect(await find(Array.from({ length: 8000 }, (_, n) => (n === 5 ? "plain" : `w${n}`)))).toEqual(["plain text"]);
  });

  it("finds what stands in a long sentence of a script that is written without spaces", async () => {
    const chinese = `// ${"这个函数把所有的文件都读进来然后一个一个地写到".repeat(8)}数据库里面`;
    const thai = "ฐานข้อมูล" + "และไฟล์ทั้งหมดที่อ่านแล้ว".repeat(8);
    await put(
      store(),
      source("a.ts", makeChunk(chinese)),
      source("b.ts", makeChunk(thai)),
      source("c.ts", makeChunk("x".repeat(200))),
    );
    const findText = async (text: string) => {
      const found = await store().searchLexical({ terms: termsOf(text).map((term) => ({ text: term })), limit: 5 });
      return textsOf(
        store(),
        found.map(({ id }) => id),
      );
    };
    expect(await findText("数据库")).toEqual([chinese]);
    expect(await findText("ฐานข้อมูล")).toEqual([thai]);
    // Encoded data, which nobody searches.
    expect(await findText("x".repeat(200))).toEqual([]);
  });

  it("gives no more than asked for, in a stable order", async () => {
    const texts = Array.from({ length: 30 }, (_, n) => `same ${n}`);
    await put(store(), source("a.ts", ...texts.map((text) => makeChunk(text))));
    const all = await find(["sam"], undefined, 30);
    expect(all).toHaveLength(30);
    expect(await find(["sam"], undefined, 7)).toEqual(all.slice(0, 7));
    expect(await find(["sam"], undefined, 1)).toEqual(all.slice(0, 1));
  });

  it("filters by path and language", async () => {
    await put(
      store(),
      source("src/a.ts", makeChunk("hit 1")),
      source("src/deep/b.ts", makeChunk("hit 2")),
      source("test/a.py", makeChunk("hit 3", { language: "python" })),
      source(".github/ci.yml", makeChunk("hit 4", { language: "yaml" })),
    );
    const sorted = async (filter: ChunkFilter) => (await find(["hit"], filter)).toSorted();
    expect(await sorted({ pathGlob: "src/**" })).toEqual(["hit 1", "hit 2"]);
    expect(await sorted({ pathGlob: "src/*" })).toEqual(["hit 1"]);
    expect(await sorted({ pathGlob: "a.*" })).toEqual(["hit 1", "hit 3"]);
    expect(await sorted({ pathGlob: "**/*.{py,yml}" })).toEqual(["hit 3", "hit 4"]);
    expect(await sorted({ pathGlob: "nowhere/**" })).toEqual([]);
    expect(await sorted({ pathGlob: "./src/*.ts" })).toEqual(["hit 1"]);
    expect(await sorted({ pathGlob: "/src/deep/*" })).toEqual(["hit 2"]);
    expect(await sorted({ pathGlob: "!src/**" })).toEqual(["hit 3", "hit 4"]);
    expect(await sorted({ pathGlob: "{src/deep,test}/*" })).toEqual(["hit 2", "hit 3"]);
    await expect(find(["hit"], { pathGlob: "[" })).rejects.toMatchObject({ code: "request.invalid-glob" });
    expect(await sorted({ language: "python" })).toEqual(["hit 3"]);
    expect(await sorted({ language: "typescript", pathGlob: "src/deep/**" })).toEqual(["hit 2"]);
    expect(await sorted({})).toHaveLength(4);
  });

  it("filters conversations by project, session, branch and time", async () => {
    const talk = (text: string, facts: Parameters<typeof makeSession>[0]) =>
      makeChunk(text, { session: makeSession(facts), kind: "exchange" });
    const early = talk("hit 1", { sessionId: "s1", startedAt: 100, endedAt: 200 });
    await put(
      store(),
      source("/logs/1", early, talk("hit 2", { sessionId: "s2", gitBranch: "fix", startedAt: 300, endedAt: 400 })),
      source(
        "/logs/2",
        talk("hit 3", { sessionId: "s3", project: "blog", gitBranch: null, startedAt: 500, endedAt: 600 }),
      ),
      source("a.ts", makeChunk("hit 4")),
    );
    const sorted = async (filter: ChunkFilter) => (await find(["hit"], filter)).toSorted();
    expect(await sorted({ project: "shop" })).toEqual(["hit 1", "hit 2"]);
    expect(await sorted({ sessionId: "s3" })).toEqual(["hit 3"]);
    expect(await sorted({ gitBranch: "fix" })).toEqual(["hit 2"]);
    expect(await sorted({ since: 200 })).toEqual(["hit 1", "hit 2", "hit 3"]);
    expect(await sorted({ since: 201, until: 500 })).toEqual(["hit 2", "hit 3"]);
    expect(await sorted({ project: "shop", since: 250 })).toEqual(["hit 2"]);
    const [chunk] = await store().chunksOf("/logs/1");
    expect(chunk?.session).toEqual(early.session);
  });

  it("filters conversations by the file that they touched", async () => {
    const talk = (text: string, files: readonly string[], kind = "exchange") =>
      makeChunk(text, {
        session: makeSession({ details: { files } }),
        kind,
        defines: kind === "session" ? [] : files.map((file) => file.split(/[/\\]/).at(-1) ?? file),
      });
    await put(
      store(),
      source(
        "/logs/1",
        talk("hit 1", ["/home/me/src/auth.ts", "/home/me/a b%_'\"x.ts"]),
        talk("hit 2", ["C:\\code\\win.ts"]),
        talk("hit 3", []),
        talk("hit 4", ["/home/me/src/auth.ts"], "session"),
      ),
      source("src/auth.ts", makeChunk("hit 5")),
    );
    const sorted = async (file: string) => (await find(["hit"], { file })).toSorted();
    for (const file of ["auth.ts", "src/auth.ts", "./src/auth.ts", "src\\auth.ts", "/home/me/src/auth.ts"])
      expect(await sorted(file), file).toEqual(["hit 1", "hit 4"]);
    expect(await sorted("win.ts")).toEqual(["hit 2"]);
    expect(await sorted("a b%_'\"x.ts")).toEqual(["hit 1"]);
    for (const file of ["uth.ts", "lib/auth.ts", "AUTH.TS", "auth_ts", "%"])
      expect(await sorted(file), file).toEqual([]);
  });

  it("finds the one exchange that touched a file behind hundreds that did not", async () => {
    const talk = (text: string, file: string) =>
      makeChunk(text, { session: makeSession({ details: { files: [file] } }), kind: "exchange", defines: [file] });
    const many = Array.from({ length: 300 }, (_, n) => talk(`needle needle ${n}`, `f${n}.ts`));
    const far = talk(`needle ${"and much else ".repeat(40)}`, "auth.ts");
    await put(store(), source("/logs/many", ...many), source("/logs/far", far));
    expect(await find(["needl"], { file: "auth.ts" }, 3)).toEqual([far.text]);
  });

  it("finds the few that pass a filter among many that do not", async () => {
    const many = Array.from({ length: 400 }, (_, n) => makeChunk(`needle needle ${n}`));
    const far = makeChunk(`needle ${"and much else ".repeat(40)}`, { language: "rust" });
    await put(store(), source("many.ts", ...many), source("far.rs", far));
    expect(await find(["needl"], { language: "rust" }, 3)).toEqual([far.text]);
    expect(await find(["needl"], { pathGlob: "far.*" }, 3)).toEqual([far.text]);
    expect(await find(["needl"], { language: "typescript" }, 3)).toHaveLength(3);
  });
}

async function textsOf(store: IndexStore, ids: readonly number[]): Promise<string[]> {
  return (await store.chunks(ids)).map(({ text }) => text);
}
