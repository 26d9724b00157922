import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskText, summarise } from "../../src/approval/mask.ts";

const SECRET = "hunter2hunter2hunter2";

describe("summarise", () => {
  it.each([
    ["a key's name", { password: SECRET, api_key: SECRET, authToken: SECRET, Authorization: SECRET }],
    ["a nested object", { env: { AWS_SECRET_ACCESS_KEY: SECRET, GITHUB_TOKEN: { deep: SECRET } } }],
    ["an option and its value", { argv: ["deploy", "--token", SECRET] }],
    ["an option with =", { argv: ["deploy", `--api-key=${SECRET}`] }],
    ["a shell line", { command: `PASSWORD=${SECRET} ./run && curl -H 'Authorization: Bearer ${SECRET}'` }],
    ["a JSON text", { content: `{"client_secret": "${SECRET}"}` }],
    ["a URL", { url: `postgres://me:${SECRET}@db/x` }],
    ["a token's shape", { text: `ghp_${SECRET} sk-proj-${SECRET} xoxb-${SECRET}` }],
  ])("masks a secret told by %s", (_, value) => {
    expect(JSON.stringify(summarise(value))).not.toContain(SECRET);
  });

  it("masks private keys and web tokens", () => {
    expect(maskText("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- rest")).toBe("••• rest");
    expect(maskText("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln")).toBe("•••");
  });

  it("leaves what is no secret readable", () => {
    const call = { path: "src/tokenizer.ts", max_tokens: 100, tokenCount: 3, argv: ["npm", "test"], passed: true };
    expect(summarise(call)).toEqual(call);
  });

  it("masks a secret that the cut goes through, and is quick with what is made to be slow", () => {
    expect(summarise(`${"x ".repeat(95)}ghp_${SECRET.repeat(5)}`)).not.toContain("hunter2");
    expect(summarise(`${"x ".repeat(90)}-----BEGIN PRIVATE KEY-----\nabc${"def".repeat(2_000)}`)).not.toContain("def");
    const started = process.cpuUsage().user;
    summarise({
      a: "a-".repeat(500_000),
      b: "sk-".repeat(300_000),
      c: "password".repeat(100_000),
      d: " ".repeat(1_000_000),
    });
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });

  it("cuts what is long, and always yields JSON", () => {
    expect(summarise("x".repeat(500))).toBe(`${"x".repeat(200)}… (500 characters)`);
    expect(summarise(Array.from({ length: 60 }, (_, index) => index))).toHaveLength(51);
    fc.assert(
      fc.property(fc.anything({ maxDepth: 12 }), (value) => {
        fc.pre(typeof value !== "bigint" && typeof value !== "symbol");
        expect(() => JSON.stringify(summarise(value))).not.toThrow();
      }),
    );
  });
});
