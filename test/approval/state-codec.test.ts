import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ApprovalState, createStateCodec } from "../../src/approval/state-codec.ts";

const key = new Uint8Array(32).fill(7);
const codec = createStateCodec(key);
const content: ApprovalState = {
  v: 1,
  request: "abcd-efgh-jkmn",
  key: "approval_abcd-efgh-jkmn",
  mode: "form",
  method: "tools/call",
  tool: "write_file",
  principal: "user",
  session: "s1",
  digest: "d1",
  asked: 5,
  expires: 1_000,
};
const { method, tool, principal, session, digest } = content;
const binding = { method, tool, principal, session, digest };
const refused = expect.objectContaining({ code: "approval.state-invalid" });

describe("state codec", () => {
  it("opens what it sealed, for the same call, before the expiry", () => {
    const sealed = codec.seal(content);
    expect(codec.open(sealed, binding, 999)).toEqual(content);
    expect(() => codec.open(sealed, binding, 1_000)).toThrow(refused);
    for (const field of ["method", "tool", "principal", "session", "digest"] as const)
      expect(() => codec.open(sealed, { ...binding, [field]: "other" }, 0)).toThrow(refused);
  });

  it("refuses every other text: each single character changed, cut, or added", () => {
    const sealed = codec.seal(content);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";
    for (let index = 0; index < sealed.length; index++) {
      const other = alphabet[(alphabet.indexOf(sealed[index] ?? "") + 1 + (index % 5)) % alphabet.length] ?? "";
      expect(() => codec.open(sealed.slice(0, index) + other + sealed.slice(index + 1), binding, 0)).toThrow(refused);
      expect(() => codec.open(sealed.slice(0, index), binding, 0)).toThrow(refused);
    }
    for (const tail of ["", "=", " ", ".", "\0"]) {
      if (tail !== "") expect(() => codec.open(sealed + tail, binding, 0)).toThrow(refused);
      if (tail !== "") expect(() => codec.open(tail + sealed, binding, 0)).toThrow(refused);
    }
  });

  it("refuses arbitrary text and states sealed with another key", () => {
    const others = createStateCodec(new Uint8Array(32).fill(8)).seal(content);
    expect(() => codec.open(others, binding, 0)).toThrow(refused);
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(() => codec.open(text, binding, 0)).toThrow(refused);
      }),
    );
    expect(() => codec.open("A".repeat(1_000_000), binding, 0)).toThrow(refused);
    expect(() => createStateCodec(new Uint8Array(31))).toThrow(TypeError);
  });
});
