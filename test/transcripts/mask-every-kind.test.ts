import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskSecrets } from "../../src/transcripts/mask-secrets.ts";
import { NAMED_SECRETS, SECRET_KINDS } from "./secret-kinds.ts";

/** What stands around a secret in prose, code, shells and JSON. */
const around = fc.constantFrom<readonly [string, string]>(
  ["", ""],
  ["the key is ", "."],
  ["(", ")"],
  ['"', '"'],
  ["'", "',"],
  ["`", "`"],
  ["key=", "&x=1"],
  ["-H 'x-api-key: ", "'"],
  ["\n", "\n"],
  ["<", ">"],
  ["日本", " 語"],
  ["https://host/path?k=", "#end"],
  ['\\"', '\\"'],
);

/** Eight characters in a row are more than chance lets through. */
const survives = (secret: string, text: string) => {
  for (let at = secret.length - 8; at >= Math.min(16, secret.length - 8); at -= 4)
    if (text.includes(secret.slice(at, at + 8))) return secret.slice(at, at + 8);
  return null;
};

describe("a secret", () => {
  it.each(Object.entries(SECRET_KINDS))("of %s is masked, whatever stands around it", (_, kind) => {
    fc.assert(
      fc.property(kind, around, (secret, [before, after]) => {
        const masked = maskSecrets(before + secret + after);
        expect(survives(secret, masked)).toBeNull();
        expect(masked).toContain("[masked");
        if (before !== "key=" && !before.includes("key:")) expect(masked.startsWith(before)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("is masked where only its name tells what it is, and what tells stays", () => {
    fc.assert(
      fc.property(NAMED_SECRETS, ([before, secret, after]) => {
        const masked = maskSecrets(`x ${before}${secret}${after} y`);
        expect(survives(secret, masked)).toBeNull();
        expect(masked.startsWith(`x ${before.trimEnd()}`)).toBe(true);
        expect(masked.endsWith(`${after} y`)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("is masked among others, once and for all: masking again changes nothing", () => {
    const any = fc.oneof(...Object.values(SECRET_KINDS));
    fc.assert(
      fc.property(
        fc.array(any, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(" ", "\n", ", ", '","'),
        (secrets, glue) => {
          const masked = maskSecrets(secrets.join(glue));
          for (const secret of secrets) expect(survives(secret, masked)).toBeNull();
          expect(maskSecrets(masked)).toBe(masked);
        },
      ),
    );
  });

  it("in a URL is masked with every sign that a password may have", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from("aB3!$%^&*()-_=+[]{};,.?@~")), minLength: 4, maxLength: 20 }),
        (password) => {
          const masked = maskSecrets(`amqps://svc:${password}@mq.local:5671/vhost`);
          expect(masked).toBe("amqps://svc:[masked]@mq.local:5671/vhost");
        },
      ),
    );
  });
});

describe("what is no secret", () => {
  const code = fc.constantFrom(
    "const token = await nextToken(reader);",
    "if (password === other.password) return;",
    "the secret of good tests is patience",
    "export interface Bearer { readonly scheme: 'basic' }",
    "https://example.com/a/b?c=d#e",
    "git@github.com:owner/repository.git",
    "mailto:someone@example.com, see http://localhost:8080/x",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "api_key: string; // required",
    "data-pipe, sk-learn, risk-free, npm_config_cache, hf_hub, glitch-free",
    "figd, lin_api, dapi, xai-lib and r8_style",
  );
  it("stays as it is, also beside a secret", () => {
    fc.assert(
      fc.property(code, fc.oneof(...Object.values(SECRET_KINDS)), (text, secret) => {
        expect(maskSecrets(text)).toBe(text);
        expect(maskSecrets(`${text}\n${secret}\n${text}`)).toMatch(/\[masked/);
        const [first, last] = [maskSecrets(`${text}\n${secret}\n${text}`)].flatMap((all) => [
          all.split("\n")[0],
          all.split("\n").at(-1),
        ]);
        expect([first, last]).toEqual([text, text]);
      }),
    );
  });
});
