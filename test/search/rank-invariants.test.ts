import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuse } from "../../src/search/fuse.ts";
import { analyseQuery } from "../../src/search/query.ts";
import { rankConversations } from "../../src/search/rank-conversations.ts";
import { type Candidate, rankAll } from "./candidates.ts";
import { chunkOf, sessionOf } from "./memory-store.ts";

// In steps, so that what differs does so by more than rounding.
const score = fc.integer({ min: 0, max: 1_000 }).map((steps) => steps / 1_000);
const name = fc.constantFrom(
  "render",
  "openStore",
  "parse_config",
  "",
  "a",
  "日本語",
  "__init__",
  "constructor",
  "x".repeat(90),
);
const path = fc.constantFrom(
  "src/render.ts",
  "src/index.ts",
  "test/render.test.ts",
  "docs/render.md",
  "vendor/x.js",
  "a",
  "src/a b/日本.rs",
  ".github/x.yml",
);
const query = fc.constantFrom(
  "where is render",
  "openStore",
  "src/index.ts",
  "fix(render): add tests",
  "日本語",
  "a",
  "constructor",
  "tests of parse_config",
  "::",
  "x".repeat(500),
);

const candidates = fc
  .array(
    fc.record({
      path,
      symbol: fc.option(name),
      defines: fc.array(name, { maxLength: 3 }),
      startLine: fc.integer({ min: 1, max: 500 }),
      score,
    }),
    { maxLength: 30 },
  )
  .map((given) =>
    given.map(({ score: found, ...facts }, index): Candidate => ({
      chunk: chunkOf({ ...facts, id: index + 1, text: "one\ntwo" }),
      score: found,
      matched: ["lexical"],
    })),
  );

const told = (hits: Awaited<ReturnType<typeof rankAll>>) =>
  hits.map(({ lead, score: reached }) => [lead.id, reached] as const);

describe("a ranking", () => {
  it("has finite scores that fall and are not below 0, and each chunk once", async () => {
    await fc.assert(
      fc.asyncProperty(candidates, query, async (given, asked) => {
        const hits = await rankAll(given, analyseQuery(asked));
        for (const [at, hit] of hits.entries()) {
          expect(Number.isFinite(hit.score)).toBe(true);
          expect(hit.score).toBeGreaterThanOrEqual(0);
          expect(hit.score).toBeLessThanOrEqual(hits[at - 1]?.score ?? Infinity);
          for (const chunk of hit.chunks) expect(chunk.path).toBe(hit.path);
          expect(hit.chunks).toContain(hit.lead);
        }
        const ids = hits.flatMap(({ chunks }) => chunks.map(({ id }) => id));
        expect(ids.toSorted((a, b) => a - b)).toEqual(given.map(({ chunk }) => chunk.id).toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  it("is the same in whichever order the candidates come, and a second time", async () => {
    await fc.assert(
      fc.asyncProperty(candidates, query, fc.infiniteStream(fc.nat()), async (given, asked, keys) => {
        const shuffled = given.map((each) => ({ each, key: keys.next().value ?? 0 })).toSorted((a, b) => a.key - b.key);
        const analysed = analyseQuery(asked);
        const first = told(await rankAll(given, analysed));
        expect(
          told(
            await rankAll(
              shuffled.map(({ each }) => each),
              analysed,
            ),
          ),
        ).toEqual(first);
        expect(told(await rankAll(given, analysed))).toEqual(first);
      }),
      { numRuns: 200 },
    );
  });

  it("changes no candidate, and needs none", async () => {
    expect(await rankAll([], analyseQuery("render"))).toEqual([]);
    await fc.assert(
      fc.asyncProperty(candidates, query, async (given, asked) => {
        const before = structuredClone(given);
        await rankAll(given, analyseQuery(asked));
        expect(given).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  it("puts what scores higher first, of two that are alike in all else", async () => {
    await fc.assert(
      fc.asyncProperty(path, query, score, score, async (file, asked, one, other) => {
        const chunk = (id: number) => chunkOf({ id, path: file, startLine: 1 + 1_000 * id, text: "x" });
        const pair = [one, other].map((found, at) => ({
          chunk: chunk(at + 1),
          score: found,
          matched: ["lexical"] as const,
        }));
        const [first] = await rankAll(pair, analyseQuery(asked));
        if (one !== other) expect(first?.lead.id).toBe(one > other ? 1 : 2);
      }),
    );
  });
});

describe("a ranking of conversations", () => {
  const exchange = fc.record({
    session: fc.constantFrom("s1", "s2", "s3"),
    project: fc.constantFrom("here", "there"),
    endedAt: fc.oneof(fc.integer({ min: -1e12, max: 4e12 }), fc.constantFrom(0, 8.64e15)),
    score,
  });
  const exchanges = fc.array(exchange, { maxLength: 20 }).map((given) =>
    given.map(({ session, score: found, ...facts }, index) => ({
      chunk: chunkOf({
        id: index + 1,
        path: `/logs/${session}`,
        text: "x",
        session: sessionOf({ sessionId: session, ...facts, details: { uuids: [`u${index}`] } }),
      }),
      score: found,
      matched: ["lexical"] as const,
    })),
  );

  it("has finite scores that fall, each exchange once, in whichever order they come", () => {
    fc.assert(
      fc.property(exchanges, fc.option(fc.constantFrom("here", "other")), (given, project) => {
        const ranked = rankConversations(given, project, 2e12);
        expect(ranked).toHaveLength(given.length);
        for (const [at, { score: reached }] of ranked.entries()) {
          expect(Number.isFinite(reached)).toBe(true);
          expect(reached).toBeLessThanOrEqual(ranked[at - 1]?.score ?? Infinity);
        }
        const reversed = rankConversations(given.toReversed(), project, 2e12);
        expect(reversed.map(({ chunk }) => chunk.id)).toEqual(ranked.map(({ chunk }) => chunk.id));
      }),
      { numRuns: 200 },
    );
  });

  it("tells what several logs tell alike once, and loses nothing else", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ session: fc.nat(3), message: fc.nat(5), score }), { maxLength: 25 }),
        (given) => {
          const told = given.map(({ session, message, score: found }, index) => ({
            chunk: chunkOf({
              id: index + 1,
              path: `/logs/${session}`,
              text: "x",
              session: sessionOf({ sessionId: `s${session}`, details: { uuids: [`u${message}`] } }),
            }),
            score: found,
            matched: ["lexical"] as const,
          }));
          const ranked = rankConversations(told, null, 0);
          const tellers = new Map<number, Set<number>>();
          for (const { chunk } of ranked) {
            const { session = 0, message = 0 } = given[chunk.id - 1] ?? {};
            tellers.set(message, (tellers.get(message) ?? new Set()).add(session));
          }
          expect(new Set(tellers.keys())).toEqual(new Set(given.map(({ message }) => message)));
          for (const sessions of tellers.values()) expect(sessions.size).toBe(1);
        },
      ),
    );
  });
});

describe("what two lists found together", () => {
  const list = fc
    .uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 60 }),
        score: fc.integer({ min: -1_000, max: 30_000 }).map((steps) => steps / 1_000),
      }),
      { selector: ({ id }) => id, maxLength: 30 },
    )
    .map((given) => given.toSorted((a, b) => b.score - a.score));
  const positive = list.map((given) =>
    given.map(({ id, score: found }) => ({ id, score: Math.abs(found) + 0.01 })).toSorted((a, b) => b.score - a.score),
  );

  it("is finite, whatever the scores, and holds each chunk once", () => {
    fc.assert(
      fc.property(positive, list, score, (lexical, vector, share) => {
        const fused = fuse(lexical, vector, share);
        const ids = new Set([...lexical, ...vector].map(({ id }) => id));
        expect(new Set(fused.ids)).toEqual(ids);
        expect(fused.ids).toHaveLength(ids.size);
        for (const each of fused.scores) expect(Number.isFinite(each)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("does not depend on the unit of either list's scores", () => {
    fc.assert(
      fc.property(positive, list, score, fc.constantFrom(0.5, 2, 8), (lexical, vector, share, unit) => {
        const scaled = (given: typeof list extends fc.Arbitrary<infer List> ? List : never) =>
          given.map(({ id, score: found }) => ({ id, score: found * unit }));
        const [one, other] = [fuse(lexical, vector, share), fuse(scaled(lexical), scaled(vector), share)];
        expect(other.ids).toEqual(one.ids);
        for (const [at, reached] of other.scores.entries()) expect(reached).toBeCloseTo(one.scores[at] ?? 0, 8);
      }),
      { numRuns: 200 },
    );
  });
});
