import { describe, expect, it } from "vitest";
import { chooseModel } from "../../src/agents/choose-model.ts";
import { roleNamed } from "../../src/agents/catalogue.ts";
import { startChat } from "./scripted-chat.ts";

const ask = roleNamed("ask");
const coder = roleNamed("coder");

describe("chooseModel", () => {
  it("takes the provider whose key is there", () => {
    expect(chooseModel({ anthropicApiKey: "k" })(coder).label).toMatch(/^anthropic claude-/);
    expect(chooseModel({ openaiApiKey: "k", agentModel: "gpt" })(coder).label).toBe("openai-compatible gpt");
    expect(chooseModel({ agentBaseUrl: "http://127.0.0.1:1/v1", agentModel: "qwen" })(coder).label).toBe(
      "openai-compatible qwen",
    );
  });

  it("gives roles that only answer the smaller model", () => {
    const model = chooseModel({ anthropicApiKey: "k", agentModel: "large", agentFastModel: "small" });
    expect([model(coder).label, model(ask).label]).toEqual(["anthropic large", "anthropic small"]);
  });

  it.each([[{}], [{ openaiApiKey: "k" }]])("says what to set for %j", (settings) => {
    expect(() => chooseModel(settings)).toThrow(expect.objectContaining({ code: "agent.no-model" }) as Error);
  });

  it("never sends a provider's own key to another address", async () => {
    await using chat = await startChat("openai", [{ text: "ok" }]);
    const model = chooseModel({ agentBaseUrl: chat.url, agentModel: "m", openaiApiKey: "sk-openai" })(coder);
    const request = { system: "", messages: [{ role: "user", text: "hi" }] as const, tools: [], maxTokens: 10 };
    await model.complete(request, new AbortController().signal);
    expect(JSON.stringify(chat.asked)).not.toContain("sk-openai");
  });
});
