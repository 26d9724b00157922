import fc from "fast-check";

const chars = (set: string, min: number, max = min) =>
  fc.string({ unit: fc.constantFrom(...Array.from(set)), minLength: min, maxLength: max });
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const ALNUM = `${LOWER}${LOWER.toUpperCase()}${DIGITS}`;
const HEX = `${DIGITS}abcdef`;
const URLSAFE = `${ALNUM}_-`;
const after = (prefix: string, rest: fc.Arbitrary<string>) => rest.map((text) => prefix + text);

/**
 * Credentials of every kind that is masked, as their vendors make them. Prefixes are put together here, so that no
 * scanner of sources takes them for real ones.
 */
export const SECRET_KINDS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "AWS access key": fc
    .tuple(fc.constantFrom("AKIA", "ASIA"), chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))
    .map((p) => p.join("")),
  Anthropic: after("sk-" + "ant-api03-", chars(URLSAFE, 60, 95)),
  OpenAI: after("sk-" + "proj-", chars(URLSAFE, 40, 140)),
  OpenRouter: after("sk-" + "or-v1-", chars(HEX, 64)),
  Stripe: fc
    .tuple(fc.constantFrom("sk_", "rk_"), fc.constantFrom("live_", "test_"), chars(ALNUM, 24, 99))
    .map((p) => p.join("")),
  "Stripe webhook": after("whsec" + "_", chars(ALNUM, 32)),
  GitHub: fc
    .tuple(fc.constantFrom("ghp", "gho", "ghu", "ghs", "ghr"), fc.constant("_"), chars(ALNUM, 36))
    .map((p) => p.join("")),
  "GitHub, fine-grained": after("github" + "_pat_", chars(`${ALNUM}_`, 82)),
  GitLab: fc
    .tuple(
      fc.constantFrom("glpat", "gldt", "glrt", "glcbt", "glptt", "glsoat"),
      fc.constant("-"),
      chars(URLSAFE, 20, 30),
    )
    .map((p) => p.join("")),
  Slack: fc
    .tuple(fc.constantFrom("xoxb-", "xoxp-", "xapp-"), chars(DIGITS, 11), fc.constant("-"), chars(ALNUM, 24))
    .map((p) => p.join("")),
  "Google API": after("AI" + "za", chars(URLSAFE, 35)),
  "Google OAuth client": after("GOC" + "SPX-", chars(URLSAFE, 28)),
  npm: after("npm" + "_", chars(ALNUM, 36)),
  PyPI: after("pypi" + "-AgEIcHlwaS5vcmc", chars(URLSAFE, 60, 120)),
  "Hugging Face": after("hf" + "_", chars(ALNUM, 34)),
  SendGrid: fc
    .tuple(fc.constant("SG" + "."), chars(URLSAFE, 22), fc.constant("."), chars(URLSAFE, 43))
    .map((p) => p.join("")),
  DigitalOcean: after("dop" + "_v1_", chars(HEX, 64)),
  Groq: after("gsk" + "_", chars(ALNUM, 52)),
  xAI: after("xai" + "-", chars(ALNUM, 80)),
  Perplexity: after("pplx" + "-", chars(ALNUM, 48)),
  Replicate: after("r8" + "_", chars(ALNUM, 37)),
  Shopify: fc
    .tuple(fc.constantFrom("shpat", "shpss", "shpca", "shppa"), fc.constant("_"), chars(HEX, 32))
    .map((p) => p.join("")),
  Databricks: after("da" + "pi", chars(HEX, 32)),
  Vault: after("hvs" + ".", chars(URLSAFE, 90)),
  Docker: after("dckr" + "_pat_", chars(URLSAFE, 27)),
  Tailscale: after("tskey" + "-auth-", chars(`${ALNUM}-`, 30)),
  Atlassian: after("ATA" + "TT3x", chars(`${URLSAFE}=`, 100, 180)),
  Linear: after("lin" + "_api_", chars(ALNUM, 40)),
  Supabase: after("sbp" + "_", chars(HEX, 40)),
  Figma: after("fig" + "d_", chars(URLSAFE, 40)),
  age: after("AGE-" + "SECRET-KEY-1", chars("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
  JWT: fc
    .tuple(chars(URLSAFE, 20, 60), chars(URLSAFE, 40, 200), chars(URLSAFE, 43))
    .map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
};

/** Secrets that only the words around them give away: each with what stands before and after it. */
export const NAMED_SECRETS: fc.Arbitrary<readonly [before: string, secret: string, after: string]> = fc
  .tuple(
    fc.constantFrom<readonly [string, string]>(
      ["DB_PASSWORD=", ""],
      ['{"client_secret": "', '"}'],
      ["AWS_SECRET_ACCESS_KEY=", ""],
      ["aws_secret_access_key = ", ""],
      ["Authorization: Bearer ", ""],
      ["postgres://app:", "@db.local/shop"],
      ["--password ", ""],
      ["--api-key=", ""],
      ["export API_TOKEN='", "'"],
      ["AccountKey=", ";EndpointSuffix=core.windows.net"],
    ),
    chars(`${ALNUM}`, 24, 60),
  )
  // With a letter and a digit, as generated ones have; words alone could be prose.
  .map(([[before, end], secret]) => [before, `a7${secret}`, end] as const);
