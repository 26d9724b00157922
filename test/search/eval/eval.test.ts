import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CodeHit } from "../../../src/search/answer.ts";
import { ablate, contributions, PARTS } from "../../../src/search/eval/ablation.ts";
import { askAll } from "../../../src/search/eval/ask-all.ts";
import { bootstrap, meanOf, quantile } from "../../../src/search/eval/bootstrap.ts";
import { formatContributions, formatSummaries } from "../../../src/search/eval/format-report.ts";
import { measure } from "../../../src/search/eval/metrics.ts";
import { parseQuestions } from "../../../src/search/eval/questions.ts";
import { summarise } from "../../../src/search/eval/summary.ts";
import { RANKING } from "../../../src/search/constants.ts";
import { createCodeSearch } from "../../../src/search/search-code.ts";
import { memoryStore } from "../memory-store.ts";

const hit = (path: string, text = ""): CodeHit => ({
  path,
  startLine: 1,
  endLine: 2,
  language: "go",
  symbol: null,
  kind: "block",
  score: 1,
  text,
  matched: ["lexical"],
});
const relevant = (...paths: readonly string[]) => paths.map((path) => ({ path }));

describe("parseQuestions", () => {
  it("reads rows, filling in what is optional", () => {
    const [question] = parseQuestions('{"id":7,"query":"routes","relevant":[{"path":"a.ts","start":1,"end":2}]}\n\n');
    expect(question).toEqual({
      id: "7",
      query: "routes",
      relevant: [{ path: "a.ts", start: 1, end: 2 }],
      category: "all",
      lang: "all",
      set: "all",
      repo: "all",
    });
  });

  it.each([
    ["", /no questions/],
    ['{"id":"1","query":"a","relevant":[{"path":"x"}]}\nnonsense', /Line 2 is not JSON/],
    ['{"id":"1","query":"a","relevant":[]}', /Line 1 is no question: relevant/],
    ['{"id":"1","relevant":[{"path":"x"}]}', /Line 1 is no question: query/],
    ["[]", /Line 1 is no question/],
  ])("refuses %j", (text, message) => {
    expect(() => parseQuestions(text)).toThrow(expect.objectContaining({ code: "request.questions" }));
    expect(() => parseQuestions(text)).toThrow(message);
  });
});

describe("measure", () => {
  it("is 1 for a perfect answer and 0 for an empty one", () => {
    expect(measure([hit("a"), hit("b")], relevant("a", "b"))).toMatchObject({
      ndcg10: 1,
      mrr10: 1,
      hit1: 1,
      recall5: 1,
      recall10: 1,
    });
    expect(measure([], relevant("a"))).toMatchObject({
      ndcg10: 0,
      mrr10: 0,
      hit1: 0,
      recall10: 0,
      tokensToFirst: Infinity,
    });
  });

  it("discounts by rank, counting each file once", () => {
    const measures = measure([hit("x"), hit("x"), hit("a")], relevant("a"));
    expect(measures.ndcg10).toBeCloseTo(1 / Math.log2(3));
    expect(measures.mrr10).toBe(0.5);
    expect(measures.hit1).toBe(0);
  });

  it("looks at ten files only", () => {
    const others = Array.from({ length: 10 }, (_, index) => hit(`x${index}`));
    expect(measure([...others, hit("a")], relevant("a"))).toMatchObject({ ndcg10: 0, recall10: 0 });
  });

  it("counts the tokens that are read until the first find is read", () => {
    const text = "x".repeat(400);
    const { tokensToFirst } = measure([hit("x", text), hit("a", text), hit("y", text)], relevant("a"));
    expect(tokensToFirst).toBeGreaterThanOrEqual(200);
    expect(tokensToFirst).toBeLessThan(220);
  });

  it("stays within 0..1 and never falls when a find moves up", () => {
    const paths = fc.uniqueArray(fc.constantFrom(..."abcdefghijklmno".split("")), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(paths, paths, fc.nat(), (found, wanted, at) => {
        const before = measure(
          found.map((path) => hit(path)),
          relevant(...wanted),
        );
        for (const value of [before.ndcg10, before.mrr10, before.recall5, before.recall10]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1 + 1e-9);
        }
        const index = 1 + (at % Math.max(1, found.length - 1));
        const [upper, lower] = [found[index - 1], found[index]];
        if (upper === undefined || lower === undefined || !wanted.includes(lower)) return;
        const swapped = found.with(index - 1, lower).with(index, upper);
        const after = measure(
          swapped.map((path) => hit(path)),
          relevant(...wanted),
        );
        expect(after.ndcg10).toBeGreaterThanOrEqual(before.ndcg10 - 1e-9);
      }),
    );
  });
});

describe("bootstrap", () => {
  it("holds the mean within its interval, and repeats", () => {
    const values = Array.from({ length: 60 }, (_, index) => (index % 3) / 2);
    const interval = bootstrap(values);
    expect(interval).toEqual(bootstrap(values));
    expect(interval.mean).toBeCloseTo(0.5);
    expect(interval.low).toBeLessThan(0.5);
    expect(interval.high).toBeGreaterThan(0.5);
    expect(interval.high - interval.low).toBeLessThan(0.3);
  });

  it("has no width where there is nothing to resample", () => {
    expect(bootstrap([0.4])).toEqual({ mean: 0.4, low: 0.4, high: 0.4 });
    expect(bootstrap([1, 1, 1])).toEqual({ mean: 1, low: 1, high: 1 });
    expect(bootstrap([])).toEqual({ mean: 0, low: 0, high: 0 });
  });

  it("knows means and quantiles", () => {
    expect(meanOf([1, 2, 3])).toBe(2);
    expect(quantile([5, 1, 3], 0.5)).toBe(3);
    expect(quantile([5, 1, 3], 1)).toBe(5);
    expect(quantile([], 0.5)).toBe(0);
  });
});

describe("ablation", () => {
  it("changes the ranking with each part, and each part only once", () => {
    const off = PARTS.map(({ off: without }) => JSON.stringify(without(RANKING)));
    expect(off).not.toContain(JSON.stringify(RANKING));
    expect(new Set(off).size).toBe(PARTS.length);
  });
});

describe("asking all questions", () => {
  const store = memoryStore([
    { path: "src/router.ts", text: "routes", symbol: "Router" },
    { path: "test/router.test.ts", text: "routes routes" },
    { path: "src/store.ts", text: "store" },
  ]);
  const searchWith = (weights: typeof RANKING) =>
    createCodeSearch({
      store,
      embedder: () => null,
      facts: () => ({ freshness: "fresh", embedder: "none" }),
      verify: async () => new Map(),
      weights,
    });
  const questions = parseQuestions(
    [
      '{"id":"1","query":"routes","category":"symbol","relevant":[{"path":"src/router.ts"}]}',
      '{"id":"2","query":"store","category":"words","relevant":[{"path":"src/store.ts"}]}',
    ].join("\n"),
  );

  it("measures all questions and each kind", async () => {
    let done = 0;
    const asked = await askAll(questions, searchWith(RANKING), undefined, (count) => (done = count));
    expect(done).toBe(2);
    const summaries = summarise(asked);
    expect(summaries.map(({ group, questions: count }) => [group, count])).toEqual([
      ["all", 2],
      ["category symbol", 1],
      ["category words", 1],
    ]);
    expect(summaries[0]).toMatchObject({ hit1: 1, within500: 1, ndcg10: { mean: 1 } });
    expect(formatSummaries(summaries)).toMatch(/NDCG@10.*\nall +2 +1\.0000/);
  });

  it("reads on to the next pages for the tokens until the first relevant hit, and no further than is told", async () => {
    const pages = new Map([
      [undefined, { hits: [hit("a.ts", "x".repeat(400))], nextCursor: "2" }],
      ["2", { hits: [hit("b.ts"), hit("c.ts")], nextCursor: "3" }],
      ["3", { hits: [hit("d.ts", "x".repeat(8_000))], nextCursor: "4" }],
    ]);
    let asked = 0;
    const search: Parameters<typeof askAll>[1] = {
      search: async ({ query, cursor }) => {
        asked++;
        const page = pages.get(cursor) ?? { hits: [hit("e.ts")] };
        const index = { files: 1, chunks: 1, embeddedPercent: 0, freshness: "fresh", embedder: "", store: "sqlite" };
        return { query, tookMs: 1, index: { ...index, freshness: "fresh", store: "sqlite" }, ...page };
      },
      similar: async () => {
        throw new Error("not asked");
      },
    };
    const question = (path: string) => parseQuestions(JSON.stringify({ id: 1, query: "q", relevant: [{ path }] }));
    const [second] = await askAll(question("b.ts"), search);
    expect(second).toMatchObject({ ndcg10: 0, tokensToFirst: 107 + 7, paths: ["a.ts"] });
    asked = 0;
    const [never] = await askAll(question("e.ts"), search);
    expect(never?.tokensToFirst).toBe(Number.POSITIVE_INFINITY);
    expect(asked).toBe(3);
  });

  it("tells what each part contributes", async () => {
    const parts = contributions(await askAll(questions, searchWith(RANKING)), await ablate(questions, searchWith));
    expect(parts.map(({ part }) => part).toSorted()).toEqual(PARTS.map(({ name }) => name).toSorted());
    expect(formatContributions(parts)).toContain("test penalty");
  });

  it("sees a loss as a contribution", () => {
    const asked = (ndcg10: number) => ({ ndcg10 });
    expect(contributions([asked(1), asked(1)], [{ part: "x", asked: [asked(0.5), asked(0.5)] }])).toEqual([
      { part: "x", without: 0.5, gain: { mean: 0.5, low: 0.5, high: 0.5 } },
    ]);
  });

  it("stops when the caller gives up", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(askAll(questions, searchWith(RANKING), signal)).rejects.toThrow("enough");
  });
});
