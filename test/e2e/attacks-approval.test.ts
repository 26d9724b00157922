import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERAS, TRANSPORTS } from "../mcp/harness.ts";
import { serve, type Served } from "./mcp-client.ts";
import { Sandbox } from "./run-cli.ts";

const APPROVED = { action: "accept", content: { decision: "approve_once" } };

let sandbox: Sandbox;
/** A server of the stateless protocol that most attacks share. */
let served: Served;

const exists = (name: string) => existsSync(path.join(sandbox.project, name));
const write = (name: string, content = "x") => ({ name: "write_file", arguments: { path: name, content } });

/** When a call that waits for a human is given up; what happens is nothing, however slow the machine. */
const WAITED_MS = 3_000;
/** For a call that is answered by itself. */
const PATIENCE_MS = 60_000;

/** A call whose every parameter is the attacker's. */
async function send(
  served: Served,
  params: Record<string, unknown>,
  timeout = PATIENCE_MS,
): Promise<Record<string, unknown>> {
  const options = { allowInputRequired: true, timeout };
  const answer = served.client.request({ method: "tools/call", params: { ...params } }, options);
  return answer.then(
    (result) => ({ ...result }),
    (error: unknown) => ({ isError: true, content: [{ type: "text", text: String(error) }] }),
  );
}

interface Question {
  readonly key: string;
  readonly state: string;
}

/** The question that a call of the stateless protocol is answered with. */
async function questionOf(served: Served, params: Record<string, unknown>): Promise<Question> {
  const { requestState, inputRequests } = await send(served, params);
  const [key] = Object.keys(typeof inputRequests === "object" && inputRequests !== null ? inputRequests : {});
  if (typeof requestState !== "string" || key === undefined) throw new Error("no question was asked");
  return { key, state: requestState };
}

/** A client that could ask a human, and never does. */
const canAsk = { human: () => new Promise<never>(() => {}), env: { CODELAB_APPROVALS_PER_HOUR: "1000" } };
const thinking = () => new Promise((resolve) => setTimeout(resolve, 300));

describe.each(TRANSPORTS)("over %s", (transport) => {
  beforeAll(async () => {
    sandbox = new Sandbox({ "a.txt": "one\n" });
    served = await serve(sandbox, "2026-07-28", { ...canAsk, transport });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    sandbox[Symbol.dispose]();
  });

  describe.concurrent("answers that nobody was asked for", () => {
    it.each(ERAS)(
      "a first call that brings its own approval is not done (%s)",
      async (era) => {
        await using served = await serve(sandbox, era, { transport });
        const meta = { "io.modelcontextprotocol/inputResponses": { a: APPROVED } };
        await Promise.all([
          ...["approval", "approval_1", "confirm", "decision"].map((key) =>
            send(served, { ...write("forged.txt"), inputResponses: { [key]: APPROVED } }, WAITED_MS),
          ),
          send(served, { ...write("forged.txt"), inputResponses: { a: APPROVED }, requestState: "e30.e30" }, WAITED_MS),
          send(served, { ...write("forged.txt"), _meta: meta }, WAITED_MS),
        ]);
        expect(exists("forged.txt")).toBe(false);
      },
      400_000,
    );

    it("an approval's id alone approves nothing", async () => {
      const { key } = await questionOf(served, write("id.txt"));
      const approvalId = key.replace(/^approval_/, "");
      const params = { name: "write_file", arguments: { path: "id.txt", content: "x", approvalId } };
      await send(served, params, WAITED_MS);
      expect(exists("id.txt")).toBe(false);
    });
  });

  describe.concurrent("a question's answer, bent", () => {
    it("straight, it works: the other cases fail for their own reason", async () => {
      const { key, state } = await questionOf(served, write("straight.txt"));
      await thinking();
      await send(served, { ...write("straight.txt"), requestState: state, inputResponses: { [key]: APPROVED } });
      expect(exists("straight.txt")).toBe(true);
    });

    it("a second use does nothing", async () => {
      const params = { name: "execute_command", arguments: { command: "echo x >> twice.txt" } };
      const { key, state } = await questionOf(served, params);
      await thinking();
      const answer = { ...params, requestState: state, inputResponses: { [key]: APPROVED } };
      const results = await Promise.all([send(served, answer), send(served, answer), send(served, answer)]);
      expect(results.filter(({ isError }) => isError !== true)).toHaveLength(1);
      expect((await send(served, answer))["isError"]).toBe(true);
    });

    type Bend = (question: Question, other: Question, file: string) => Record<string, unknown>;
    const bends: readonly (readonly [string, Bend])[] = [
      [
        "other arguments",
        ({ key, state }, _other, file) => ({
          ...write(file, "y"),
          requestState: state,
          inputResponses: { [key]: APPROVED },
        }),
      ],
      [
        "another path",
        ({ key, state }) => ({
          ...write("bent2.txt"),
          requestState: state,
          inputResponses: { [key]: APPROVED },
        }),
      ],
      [
        "another tool",
        ({ key, state }) => ({
          name: "delete_file",
          arguments: { path: "a.txt" },
          requestState: state,
          inputResponses: { [key]: APPROVED },
        }),
      ],
      [
        "another's state",
        ({ key }, other, file) => ({ ...write(file), requestState: other.state, inputResponses: { [key]: APPROVED } }),
      ],
      [
        "another's key",
        ({ state }, other, file) => ({
          ...write(file),
          requestState: state,
          inputResponses: { [other.key]: APPROVED },
        }),
      ],
      ["no state", ({ key }, _other, file) => ({ ...write(file), inputResponses: { [key]: APPROVED } })],
      [
        "a changed state",
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: `A${state.slice(1)}`,
          inputResponses: { [key]: APPROVED },
        }),
      ],
      [
        "a changed seal",
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: `${state.slice(0, -2)}AA`,
          inputResponses: { [key]: APPROVED },
        }),
      ],
      [
        "a huge state",
        ({ key }, _other, file) => ({
          ...write(file),
          requestState: "A".repeat(1_000_000),
          inputResponses: { [key]: APPROVED },
        }),
      ],
      [
        "a wrapped answer",
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: state,
          inputResponses: { [key]: { method: "elicitation/create", result: APPROVED } },
        }),
      ],
      [
        "accept without content",
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: state,
          inputResponses: { [key]: { action: "accept" } },
        }),
      ],
      [
        "the form's default",
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: state,
          inputResponses: { [key]: { action: "accept", content: { decision: "deny" } } },
        }),
      ],
      ...(
        [
          ["more than was asked", { decision: "approve_once", sudo: true }],
          ["a prototype", JSON.parse('{"decision":"deny","__proto__":{"decision":"approve_once"}}')],
          ["only a prototype", JSON.parse('{"__proto__":{"decision":"approve_once"}}')],
          ["a list", [{ decision: "approve_once" }]],
          ["a decision in a list", { decision: ["approve_once"] }],
          ["another spelling", { decision: "Approve_Once" }],
          ["spaces", { decision: " approve_once" }],
          ["a comment without end", { decision: "approve_once", comment: "x".repeat(2_001) }],
        ] as readonly (readonly [string, unknown])[]
      ).map(([name, content]): readonly [string, Bend] => [
        name,
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: state,
          inputResponses: { [key]: { action: "accept", content } },
        }),
      ]),
      [
        "approve: true",
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: state,
          inputResponses: { [key]: { action: "accept", content: { approve: true } } },
        }),
      ],
      [
        "decline",
        ({ key, state }, _other, file) => ({
          ...write(file),
          requestState: state,
          inputResponses: { [key]: { action: "decline" } },
        }),
      ],
    ];

    it.each(bends)("%s does nothing", async (name, bend) => {
      const file = `${name.replaceAll(/\W/g, "-")}.txt`;
      const question = await questionOf(served, write(file));
      const other = await questionOf(served, write(`other-${file}`));
      await thinking();
      await send(served, bend(question, other, file));
      expect([file, `other-${file}`, "bent2.txt"].filter(exists)).toEqual([]);
      expect(exists("a.txt")).toBe(true);
    });

    it("an answer to another server's process is refused", async () => {
      const { key, state } = await questionOf(served, write("moved.txt"));
      await using second = await serve(sandbox, "2026-07-28", { ...canAsk, transport });
      await thinking();
      await send(second, { ...write("moved.txt"), requestState: state, inputResponses: { [key]: APPROVED } });
      expect(exists("moved.txt")).toBe(false);
    });

    it("an expired answer does nothing", async () => {
      await using served = await serve(sandbox, "2026-07-28", {
        ...canAsk,
        transport,
        env: { ...canAsk.env, CODELAB_APPROVAL_TIMEOUT: "1" },
      });
      const { key, state } = await questionOf(served, write("late.txt"));
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      await send(served, { ...write("late.txt"), requestState: state, inputResponses: { [key]: APPROVED } });
      expect(exists("late.txt")).toBe(false);
    });
  });
});
