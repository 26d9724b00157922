import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadOrCreateKey, loadOrCreateToken } from "../../src/approval/secret-file.ts";
import { temporaryDirectory } from "./setup.ts";

describe("loadOrCreateKey", () => {
  it("makes a key for its owner only, and gives the same one ever after", () => {
    const file = path.join(temporaryDirectory(), "sub", "approval.key");
    const made = loadOrCreateKey(file);
    expect(made.byteLength).toBe(32);
    expect(loadOrCreateKey(file)).toEqual(made);
    expect(new Uint8Array(readFileSync(file))).toEqual(made);
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(["approval.key"]);
  });

  it.skipIf(process.platform === "win32")("trusts none that others may read, or that is cut", () => {
    const file = path.join(temporaryDirectory(), "approval.key");
    loadOrCreateKey(file);
    chmodSync(file, 0o640);
    const unsafe = expect.objectContaining({ code: "approval.key-unsafe" });
    expect(() => loadOrCreateKey(file)).toThrow(unsafe);
    writeFileSync(file, "short");
    chmodSync(file, 0o600);
    expect(() => loadOrCreateKey(file)).toThrow(unsafe);
    expect(existsSync(file)).toBe(true);
  });
});

describe("loadOrCreateToken", () => {
  const unsafe = expect.objectContaining({ code: "permission.token-unsafe" });

  it("makes a token for its owner only, which a header can carry, and gives the same one ever after", () => {
    const file = path.join(temporaryDirectory(), "sub", "http-token");
    const made = loadOrCreateToken(file);
    expect(made).toMatch(/^[\w-]{43}$/);
    expect(loadOrCreateToken(file)).toBe(made);
    expect(readFileSync(file, "utf8")).toBe(`${made}\n`);
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(["http-token"]);
    expect(loadOrCreateToken(path.join(temporaryDirectory(), "http-token"))).not.toBe(made);
  });

  it("takes one that its user wrote, if it is one word and long enough", () => {
    const file = path.join(temporaryDirectory(), "http-token");
    writeFileSync(file, "  my-own-token-of-mine\r\n", { mode: 0o600 });
    expect(loadOrCreateToken(file)).toBe("my-own-token-of-mine");
    for (const bad of [
      "",
      "short",
      "two words of a token",
      "a-token\nset-cookie: x=1",
      "ключ-ключ-ключ-ключ",
      "x".repeat(2_000),
    ]) {
      writeFileSync(file, bad);
      expect(() => loadOrCreateToken(file)).toThrow(unsafe);
      expect(readFileSync(file, "utf8")).toBe(bad);
    }
  });

  it.skipIf(process.platform === "win32")("trusts none that others may read, nor a link that leads elsewhere", () => {
    const file = path.join(temporaryDirectory(), "http-token");
    loadOrCreateToken(file);
    chmodSync(file, 0o644);
    expect(() => loadOrCreateToken(file)).toThrow(unsafe);
    const link = path.join(temporaryDirectory(), "http-token");
    const planted = path.join(temporaryDirectory(), "planted");
    writeFileSync(planted, "known-to-an-attacker", { mode: 0o600 });
    symlinkSync(planted, link);
    expect(() => loadOrCreateToken(link)).toThrow(unsafe);
  });
});

it("says what is in the way where no secret can be kept, and leaves no draft behind", () => {
  const directory = temporaryDirectory();
  writeFileSync(path.join(directory, "file"), "");
  for (const load of [loadOrCreateKey, loadOrCreateToken])
    expect(() => load(path.join(directory, "file", "below"))).toThrow(
      expect.objectContaining({ code: "store.cannot-open", hint: expect.stringContaining("CODELAB_HOME") as string }),
    );
  expect(readdirSync(directory)).toEqual(["file"]);
});
