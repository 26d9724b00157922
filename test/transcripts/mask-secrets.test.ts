import { expect, test } from "vitest";
import { maskSecrets } from "../../src/transcripts/mask-secrets.ts";

const run = (characters: string, length: number) => characters.repeat(length).slice(0, length);
const alnum = run("aB3dE6gH9", 60);

// Put together here so that no scanner of sources takes them for real ones.
const SECRETS: readonly (readonly [name: string, secret: string])[] = [
  ["aws", `AKIA${run("ABCD2345", 16)}`],
  ["anthropic", `sk-ant-${alnum.slice(0, 40)}`],
  ["openai", `sk-${alnum.slice(0, 48)}`],
  ["stripe", `sk_live_${alnum.slice(0, 24)}`],
  ["github", `ghp_${alnum.slice(0, 36)}`],
  ["github fine", `github_pat_${alnum.slice(0, 50)}`],
  ["gitlab", `glpat-${alnum.slice(0, 20)}`],
  ["slack", `xoxb-1234567890-${alnum.slice(0, 24)}`],
  ["google", `AIza${alnum.slice(0, 35)}`],
  ["npm", `npm_${alnum.slice(0, 36)}`],
  ["hugging face", `hf_${alnum.slice(0, 34)}`],
  ["jwt", `eyJ${alnum.slice(0, 20)}.eyJ${alnum.slice(0, 30)}.${alnum.slice(0, 43)}`],
  ["private key", `-----BEGIN RSA PRIVATE KEY-----\n${alnum}\n${alnum}\n-----END RSA PRIVATE KEY-----`],
  ["private key cut off", `-----BEGIN OPENSSH PRIVATE KEY-----\n${alnum}\n${alnum}`],
];

test.each(SECRETS)("masks a secret: %s", (_, secret) => {
  const masked = maskSecrets(`before ${secret}\nafter`);
  for (const line of secret.split("\n")) expect(masked).not.toContain(line);
  expect(masked).toMatch(/^before \[masked/);
});

test("masks the password in a URL and keeps the rest", () => {
  expect(maskSecrets("psql postgres://app:s3cr%23t@db.local:5432/shop")).toBe(
    "psql postgres://app:[masked]@db.local:5432/shop",
  );
});

test.each([
  ['DB_PASSWORD="hunter2hunter2"', 'DB_PASSWORD="[masked]"'],
  ["api_key: 9f8e7d6c5b4a", "api_key: [masked]"],
  ['{"client_secret":"abc123def456"}', '{"client_secret":"[masked]"}'],
  ["Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [masked]"],
  ["curl -u x --token=tok3n-v4lue-123", "curl -u x --token=[masked]"],
])("masks an assigned value: %s", (text, masked) => {
  expect(maskSecrets(text)).toBe(masked);
});

test.each([
  "const token = nextToken(input);",
  "the password: please choose a better one",
  "maxTokens: 480",
  "token = parser.peek();",
  "We tokenise the text and sort the keys.",
  "see https://example.com/a@b and mail me@example.com",
  "skip the task-list of risk-averse people",
])("leaves ordinary text alone: %s", (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test("gets through long text without a space, whatever they repeat", () => {
  for (const part of ["a", "a-", "a.b", "eyJ-", "eyJabcdefghij.", "token=", "://", "x://a:", "SG.", "passwd", "sk-"]) {
    const text = part.repeat(Math.ceil(200_000 / part.length));
    expect(maskSecrets(`password ${text}`).length).toBeGreaterThan(0);
  }
});
