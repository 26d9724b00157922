import type { ClientOptions, ElicitResult } from "@modelcontextprotocol/client";
import { describe, expect, test } from "vitest";
import { connect, ERAS, type Era, textOf, type Transport, TRANSPORTS } from "./harness.ts";
import { realGuard, type RealGuardOptions, switchTool } from "./real-guard.ts";

type Human = (message: string, pass: (ms: number) => void) => ElicitResult | Promise<ElicitResult>;

/** Longer than a client needs that declines by itself. */
const THINKS_MS = 300;

/** An answer that took its time. */
function thinking(result: ElicitResult): Human {
  return (_message, pass) => (pass(THINKS_MS), result);
}

const APPROVES: ElicitResult = { action: "accept", content: { decision: "approve_once" } };

interface Scene extends RealGuardOptions {
  readonly human?: Human;
  readonly patienceMs?: number;
  readonly modes?: ClientOptions["capabilities"];
  readonly transport?: Transport;
}

async function scene(era: Era, { human, patienceMs = 50, modes, transport, ...options }: Scene = {}) {
  const { guard, approvals, pass } = await realGuard(options);
  const flip = switchTool();
  const capabilities = modes ?? (human === undefined ? {} : { elicitation: { form: {} } });
  const harness = await connect(era, { tools: [flip.tool], guard, patienceMs }, { capabilities }, transport);
  const asked: string[] = [];
  if (capabilities.elicitation !== undefined)
    harness.client.setRequestHandler("elicitation/create", async ({ params }) => {
      asked.push(params.message);
      return (await human?.(params.message, pass)) ?? { action: "cancel" };
    });
  const call = (args: Record<string, unknown> = { to: "up" }) =>
    harness.client.callTool({ name: "flip", arguments: args });
  return { harness, flip, asked, call, ledger: approvals.ledger, audit: approvals.audit };
}

const EVERYWHERE = ERAS.flatMap((era) => TRANSPORTS.map((transport) => [era, transport] as const));

describe.each(EVERYWHERE)("a gated call in %s over %s", (era, transport) => {
  test("runs once after the human approved, who saw exactly what it does", async () => {
    const { harness, flip, asked, call, ledger } = await scene(era, {
      transport,
      human: thinking(APPROVES),
    });
    await using _ = harness;
    const result = await call();
    expect(textOf(result)).toBe("flipped to up");
    expect(result.isError).not.toBe(true);
    expect(flip.done).toEqual(["up"]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain("state 0, then up");
    const [request] = ledger.list();
    expect(request).toMatchObject({ status: "consumed", channel: "elicitation", tool: "flip", client: "harness 7" });
    expect(harness.records.at(-1)).toMatchObject({ request: request?.id, code: null });
  });

  test("the human's comment reaches the model", async () => {
    const content = { decision: "approve_once", comment: "but be quick" };
    const { harness, call } = await scene(era, {
      transport,
      human: thinking({ action: "accept", content }),
    });
    await using _ = harness;
    expect(textOf(await call())).toBe("flipped to up\nThe user approved and said: but be quick");
  });

  test.each<readonly [string, ElicitResult]>([
    ["deny", { action: "accept", content: { decision: "deny", comment: "no" } }],
    ["the form's default", { action: "accept", content: {} }],
    ["no content", { action: "accept" }],
    ["approve as a boolean", { action: "accept", content: { decision: true, approve: true } }],
    ["another word", { action: "accept", content: { decision: "yes" } }],
    ["more than was asked", { action: "accept", content: { decision: "approve_once", sudo: true } }],
    ["decline", { action: "decline" }],
    ["cancel", { action: "cancel" }],
  ])("%s does nothing and says so", async (_name, answer) => {
    const { harness, flip, call } = await scene(era, {
      transport,
      human: thinking(answer),
    });
    await using _ = harness;
    const result = await call();
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/approval|request/);
    expect(flip.done).toEqual([]);
  });

  test("an instant decline is no human's: the request stays pending, and its approval elsewhere counts once", async () => {
    const { harness, flip, call, ledger } = await scene(era, {
      transport,
      human: () => ({ action: "decline" }),
    });
    await using _ = harness;
    const result = await call();
    expect(textOf(result)).toContain("declined before a human could see");
    const [request] = ledger.list({ status: "pending" });
    const approvalId = request?.id ?? "";
    expect(textOf(result)).toContain(approvalId);
    ledger.decide(approvalId, { verdict: "approve_once", channel: "page", comment: null });
    expect(textOf(await call({ to: "up", approvalId }))).toBe("flipped to up");
    expect((await call({ to: "up", approvalId })).isError).toBe(true);
    expect(flip.done).toEqual(["up"]);
  });

  test("a client that cannot ask gets the pending id and where to decide", async () => {
    const { harness, flip, call, ledger } = await scene(era, { transport });
    await using _ = harness;
    const result = await call();
    expect(result.isError).toBe(true);
    const [request] = ledger.list({ status: "pending" });
    expect(textOf(result)).toContain(`approval ${request?.id} is waiting for a human`);
    expect(textOf(result)).toContain("open http://127.0.0.1:4001/");
    expect(flip.done).toEqual([]);
  });

  test("an approval elsewhere while the call waits lets it run", async () => {
    const { harness, flip, call, ledger } = await scene(era, {
      transport,
      patienceMs: 10_000,
    });
    await using _ = harness;
    const running = call();
    await expect.poll(() => ledger.list({ status: "pending" }).length).toBe(1);
    ledger.decide(ledger.list()[0]?.id ?? "", { verdict: "approve_once", channel: "terminal", comment: null });
    expect(textOf(await running)).toBe("flipped to up");
    expect(flip.done).toEqual(["up"]);
  });

  test("approved for the session, the same act is not asked about again", async () => {
    const { harness, call } = await scene(era, {
      transport,
      human: thinking({ action: "accept", content: { decision: "approve_session" } }),
    });
    await using _ = harness;
    // This kind of act offers no session approval, so the answer is none of the form's.
    expect((await call()).isError).toBe(true);
  });

  test("what changed between the look and the yes is refused", async () => {
    const { harness, flip, call } = await scene(era, {
      transport,
      human: (_message, pass) => {
        pass(THINKS_MS);
        flip.state = "1";
        return APPROVES;
      },
    });
    await using _ = harness;
    const result = await call();
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("differs from what was shown");
    expect(flip.done).toEqual([]);
  });

  test("an approval is for its arguments, its tool and its session", async () => {
    const { harness, flip, call, ledger } = await scene(era, { transport });
    await using _ = harness;
    await call();
    const approvalId = ledger.list()[0]?.id ?? "";
    ledger.decide(approvalId, { verdict: "approve_once", channel: "page", comment: null });
    expect(textOf(await call({ to: "down", approvalId }))).toContain("other arguments");
    expect(textOf(await call({ to: "up", approvalId: "nope" }))).toMatch(/nope|unknown/);
    expect(flip.done).toEqual([]);
    expect(textOf(await call({ to: "up", approvalId }))).toBe("flipped to up");
  });

  test("a call that is given up while the human thinks does nothing, even when the yes comes later", async () => {
    let yes = (_result: ElicitResult) => {};
    const { harness, flip, asked } = await scene(era, {
      transport,
      human: () => new Promise((resolve) => (yes = resolve)),
    });
    await using _ = harness;
    const cancel = new AbortController();
    const running = harness.client.callTool({ name: "flip", arguments: { to: "up" } }, { signal: cancel.signal });
    const rejected = expect(running).rejects.toThrow();
    await expect.poll(() => asked.length).toBe(1);
    cancel.abort();
    yes(APPROVES);
    await rejected;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(flip.done).toEqual([]);
  });

  test("a call that is given up while it waits for another channel is closed: a yes there comes too late", async () => {
    const { harness, flip, call, ledger } = await scene(era, { transport, patienceMs: 10_000 });
    await using _ = harness;
    const cancel = new AbortController();
    const running = harness.client.callTool({ name: "flip", arguments: { to: "up" } }, { signal: cancel.signal });
    const rejected = expect(running).rejects.toThrow();
    await expect.poll(() => ledger.list({ status: "pending" }).length).toBe(1);
    const id = ledger.list()[0]?.id ?? "";
    cancel.abort();
    await rejected;
    await expect.poll(() => ledger.get(id).status).toBe("cancelled");
    expect(() => ledger.decide(id, { verdict: "approve_once", channel: "page", comment: null })).toThrow("cancelled");
    expect((await call({ to: "up", approvalId: id })).isError).toBe(true);
    expect(flip.done).toEqual([]);
  });

  test("a client that only opens links is sent to the page, and a decision there counts", async () => {
    const { harness, flip, asked, call, ledger } = await scene(era, {
      transport,
      link: "http://127.0.0.1:4001/approvals/",
      modes: { elicitation: { url: {} } },
      patienceMs: 10_000,
      human: () => {
        ledger.decide(ledger.list()[0]?.id ?? "", { verdict: "approve_once", channel: "page", comment: null });
        return { action: "accept" };
      },
    });
    await using _ = harness;
    expect(textOf(await call())).toBe("flipped to up");
    expect(asked).toHaveLength(1);
    expect(flip.done).toEqual(["up"]);
  });

  test("an opened link alone approves nothing", async () => {
    const { harness, flip, call } = await scene(era, {
      transport,
      link: "http://127.0.0.1:4001/approvals/",
      modes: { elicitation: { url: {} } },
      human: thinking({ action: "accept" }),
    });
    await using _ = harness;
    expect((await call()).isError).toBe(true);
    expect(flip.done).toEqual([]);
  });

  test("too many questions are refused with the time to wait", async () => {
    const { harness, call } = await scene(era, {
      transport,
      patienceMs: 1,
      questions: 2,
    });
    await using _ = harness;
    await call();
    await call();
    expect(textOf(await call())).toMatch(/more than 2 approval requests[^]*Wait \d+ seconds/);
  });
});

test("before 2026-07-28 a decision elsewhere takes the client's question back", async () => {
  let withdrawn = false;
  const { harness, flip, asked, call, ledger } = await scene("2025-11-25", { human: () => new Promise(() => {}) });
  await using _ = harness;
  harness.client.setRequestHandler("elicitation/create", ({ params }, { mcpReq }) => {
    asked.push(params.message);
    return new Promise((_resolve, reject) => {
      mcpReq.signal.addEventListener("abort", () => {
        withdrawn = true;
        reject(new Error("withdrawn"));
      });
    });
  });
  const running = call();
  await expect.poll(() => asked.length).toBe(1);
  ledger.decide(ledger.list()[0]?.id ?? "", { verdict: "approve_once", channel: "page", comment: null });
  expect(textOf(await running)).toBe("flipped to up");
  expect(flip.done).toEqual(["up"]);
  await expect.poll(() => withdrawn).toBe(true);
});

test("before 2026-07-28 a client whose dialog fails leaves the request to the other channels", async () => {
  const { harness, flip, call, ledger } = await scene("2025-11-25", {
    human: () => {
      throw new Error("no window");
    },
  });
  await using _ = harness;
  const result = await call();
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain(ledger.list({ status: "pending" })[0]?.id);
  expect(flip.done).toEqual([]);
});

test("before 2026-07-28 a client that follows progress hears of us while its human thinks", async () => {
  const { harness, flip } = await scene("2025-11-25", {
    human: (_message, pass) => new Promise((resolve) => setTimeout(() => (pass(THINKS_MS), resolve(APPROVES)), 1_500)),
  });
  await using _ = harness;
  const heard: (string | undefined)[] = [];
  const onprogress = ({ message }: { message?: string | undefined }) => void heard.push(message);
  // Shorter than the human takes: without signs of life the client would give up.
  const options = { onprogress, timeout: 1_000, resetTimeoutOnProgress: true };
  await harness.client.callTool({ name: "flip", arguments: { to: "up" } }, options);
  expect(heard[0]).toContain("Waiting for approval");
  expect(flip.done).toEqual(["up"]);
});
