import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openConversations } from "../../src/app/conversations.ts";
import { createEmbedding, type Embedding } from "../../src/app/embedding.ts";
import { createTalkEmbedding, joinEmbeddings } from "../../src/app/talk-embedding.ts";
import { loadConfig } from "../../src/config.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { UserError } from "../../src/errors.ts";
import { createLogger } from "../../src/log.ts";
import { userLine } from "../transcripts/make-log.ts";
import { Desk } from "../cli/in-process.ts";

const log = createLogger("silent");
const signal = new AbortController().signal;
let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk[Symbol.dispose]());

describe("what embeds conversations", () => {
  it("is one model until the partner is there, then both, and finds by meaning all the while", async () => {
    tell("flat-tyre", "The bicycle has a puncture");
    tell("oven", "Bread needs forty minutes");
    // The main one hears of wheels and food alike; only the partner tells them apart.
    const main = embeddingOf(stated("main", { bicycle: [1, 0], bread: [1, 0.2], wheel: [1, 0.1] }));
    const partner = embeddingOf(stated("partner", { bicycle: [1, 0], bread: [0, 1], wheel: [1, 0] }), {
      missing: true,
    });
    const warned: string[] = [];
    const talk = joinEmbeddings(main, partner, { ...log, warn: (message) => void warned.push(message) });
    await using memory = await openConversations(config(), talk, log, { workspace: desk.project });
    const ask = async () => {
      const { hits, notice } = await memory.search.search({ query: "wheel" });
      return { found: hits.map(({ sessionId }) => sessionId), meant: notice?.includes("not by meaning") !== true };
    };

    await memory.sync("quick", signal);
    await memory.embed(signal);
    expect(await memory.store.vectorSpace()).toBe("main");
    expect((await ask()).meant).toBe(true);
    expect(await memory.state()).toMatchObject({ embeddedPercent: 100, embedder: "main" });

    // Nobody waits for a network that is not there at every new message.
    await memory.embed(signal);
    expect([partner.opened, warned]).toEqual([1, ["conversations are embedded with one model instead of two"]]);

    partner.missing = false;
    expect(await ask()).toMatchObject({ meant: true });
    expect(await memory.store.vectorSpace()).toBe("main");

    await memory.embed(signal);
    expect(await memory.store.vectorSpace()).toMatch(/^joined\/.*main.*partner/);
    expect(await memory.state()).toMatchObject({ embeddedPercent: 100, embedder: "main with partner" });
    const { found, meant } = await ask();
    expect({ first: found[0], meant }).toEqual({ first: "flat-tyre", meant: true });

    // Lost again: what both have made stays, and is searched by words.
    const alone = joinEmbeddings(main, embeddingOf(stated("partner", {}), { missing: true }), log);
    await using later = await openConversations(config(), alone, log, { workspace: desk.project });
    await later.embed(signal);
    expect(await later.store.vectorSpace()).toMatch(/^joined/);
    const { hits, notice } = await later.search.search({ query: "bicycle" });
    expect(hits[0]?.sessionId).toBe("flat-tyre");
    expect(notice).toMatch(/embedded anew/);
  });

  it("passes on what is no trouble of the partner's own", async () => {
    const partner = embeddingOf(stated("partner", {}));
    const talk = joinEmbeddings(embeddingOf(stated("main", {})), partner, log);
    partner.open = async () => await Promise.reject(new TypeError("a bug"));
    await expect(talk.open(() => {}, signal)).rejects.toThrow("a bug");
    const stopped = AbortSignal.abort(new Error("stopped"));
    partner.open = async () => await Promise.reject(new UserError("embedding.download", "cut off"));
    await expect(talk.open(() => {}, stopped)).rejects.toThrow("stopped");
  });

  it("is nothing where the main one is turned off", async () => {
    const partner = embeddingOf(stated("partner", {}));
    const talk = joinEmbeddings(createEmbedding({ ...config(), embeddingProvider: "none" }, log), partner, log);
    expect([await talk.open(() => {}, signal), await talk.find(), partner.opened]).toEqual([null, null, 0]);
    expect(talk.label()).toMatch(/turned off/);
  });

  it("leaves the main one to its owner", async () => {
    const [main, partner] = [embeddingOf(stated("main", {})), embeddingOf(stated("partner", {}))];
    await joinEmbeddings(main, partner, log)[Symbol.asyncDispose]();
    expect([main.ended, partner.ended]).toEqual([false, true]);
  });

  it.each([
    ["a model of the user's choice", { EMBEDDING_MODEL: "all-MiniLM-L6-v2" }],
    ["a provider of the user's choice", { EMBEDDING_PROVIDER: "ollama", EMBEDDING_MODEL: "mxbai-embed-large" }],
  ])("is %s alone", async (_, env) => {
    const main = embeddingOf(stated("main", {}));
    const talk = createTalkEmbedding(config(env), log, main);
    await talk.find();
    expect([talk.current(), talk.fitting(null), talk.label()]).toEqual([main.current(), main.current(), "main"]);
    expect([talk.fitting("main"), talk.filling("another")]).toEqual([main.current(), main.current()]);
    await expect(talk.fitting("another")?.embed(["a"], { role: "query" })).rejects.toMatchObject({
      code: "embedding.other-model",
    });
    await talk[Symbol.asyncDispose]();
    expect(main.ended).toBe(false);
  });
});

function config(env: Readonly<Record<string, string>> = {}) {
  const own = { CODELAB_HOME: desk.home, CLAUDE_LOGS_PATH: desk.logs, ...env };
  return loadConfig({ env: own, cwd: desk.project, homeDir: desk.root });
}

function tell(sessionId: string, said: string): void {
  mkdirSync(path.join(desk.logs, "p"), { recursive: true });
  writeFileSync(path.join(desk.logs, "p", `${sessionId}.jsonl`), `${userLine(said, { sessionId, uuid: sessionId })}\n`);
}

/** An embedder to which a text means what its words mean together; words that are not stated mean nothing. */
function stated(name: string, meanings: Readonly<Record<string, readonly number[]>>): Embedder {
  return {
    label: name,
    dimensions: 2,
    maxTokens: 512,
    fingerprint: name,
    embed: async (texts) =>
      texts.map((text) => {
        const said = Object.entries(meanings).filter(([word]) => text.toLowerCase().includes(word));
        const sum = [0, 1].map((axis) => said.reduce((total, [, meaning]) => total + (meaning[axis] ?? 0), 0.001));
        return Float32Array.from(sum, (component) => component / Math.hypot(...sum));
      }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** As `createEmbedding` would make it, of an embedder whose model can be missing. */
function embeddingOf(embedder: Embedder, state = { missing: false }) {
  let made: Embedder | null = null;
  const embedding = {
    missing: state.missing,
    opened: 0,
    ended: false,
    current: () => made,
    uncached: () => made,
    label: () => made?.label ?? "none yet",
    find: async () => {
      if (!embedding.missing) made = embedder;
      return made;
    },
    open: async (): Promise<Embedder | null> => {
      embedding.opened += 1;
      if (embedding.missing) throw new UserError("embedding.download", `${embedder.label} cannot be had`);
      return await embedding.find();
    },
    [Symbol.asyncDispose]: async () => void (embedding.ended = true),
  };
  return embedding satisfies Embedding;
}
