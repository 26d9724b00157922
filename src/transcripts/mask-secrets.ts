/**
 * Replaces what looks like a credential with `[masked <kind>]`: keys by their vendors' prefixes, tokens, private key
 * blocks, passwords in URLs and values assigned to names such as `api_key`. Errs on the side of masking.
 */
export function maskSecrets(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  let masked = text;
  for (const { pattern, replacement } of RULES) masked = masked.replaceAll(pattern, replacement);
  return masked;
}

/** One cheap look that most texts end with; every rule's matches contain one of these. */
const SUSPICIOUS =
  /AKIA|ASIA|sk-|gh[opsur]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|soat)-|xox[abeoprs]-|xapp-|AIza|ya29\.|eyJ|npm_|pypi-|hf_|[sr]k_(?:live|test)_|whsec_|SG\.|dop_v1_|gsk_|xai-|pplx-|r8_|shp(?:at|ss|ca|pa)_|dapi|hvs\.|dckr_pat_|tskey-|ATATT3|lin_api_|sbp_|figd_|GOCSPX-|PRIVATE KEY|:\/\/[^\s/]{0,300}@|bearer|basic |secret|token|passw|pwd|api[_-]?key|access[_-]?key|AccountKey|hooks\.slack/i;

// Every repetition that could be tried again from the next character is bounded: logs hold megabytes without a space.
const RULES: readonly { readonly pattern: RegExp; readonly replacement: string }[] = [
  {
    pattern:
      /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
    replacement: "[masked private key]",
  },
  // Passwords in URLs: the user name stays, it tells which account.
  { pattern: /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,200}:)[^\s/"'<>]{1,300}@/gi, replacement: "$1[masked]@" },
  { pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]+/g, replacement: "[masked webhook]" },
  { pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, replacement: "[masked aws key]" },
  { pattern: /\bsk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{20,}/g, replacement: "[masked api key]" },
  { pattern: /\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}/g, replacement: "[masked api key]" },
  { pattern: /\bwhsec_[A-Za-z0-9+/=]{16,}/g, replacement: "[masked webhook secret]" },
  { pattern: /\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g, replacement: "[masked github token]" },
  { pattern: /\bgl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_-]{16,}/g, replacement: "[masked gitlab token]" },
  { pattern: /\b(?:xox[abeoprs]-|xapp-)[A-Za-z0-9-]{10,}/g, replacement: "[masked slack token]" },
  { pattern: /\bAIza[A-Za-z0-9_-]{35}/g, replacement: "[masked google key]" },
  { pattern: /\bya29\.[A-Za-z0-9_-]{20,}/g, replacement: "[masked google token]" },
  { pattern: /\b(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{30,})/g, replacement: "[masked token]" },
  { pattern: /\bSG\.[A-Za-z0-9_-]{16,100}\.[A-Za-z0-9_-]{16,}/g, replacement: "[masked sendgrid key]" },
  { pattern: /\bGOCSPX-[A-Za-z0-9_-]{20,}/g, replacement: "[masked google secret]" },
  { pattern: /\b(?:gsk_|xai-|pplx-|r8_)[A-Za-z0-9]{30,}/g, replacement: "[masked api key]" },
  { pattern: /\b(?:shp(?:at|ss|ca|pa)_|dapi|sbp_)[a-f0-9]{32,}/g, replacement: "[masked token]" },
  {
    pattern: /\b(?:hvs\.|dckr_pat_|tskey-[a-z]{2,20}-|lin_api_|figd_)[A-Za-z0-9_-]{20,}/g,
    replacement: "[masked token]",
  },
  { pattern: /\bATATT3[A-Za-z0-9_=-]{60,}/g, replacement: "[masked atlassian token]" },
  { pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{50,}/g, replacement: "[masked private key]" },
  { pattern: /\bdop_v1_[a-f0-9]{32,}/g, replacement: "[masked token]" },
  { pattern: /\beyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]*/g, replacement: "[masked jwt]" },
  { pattern: /\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{16,}=*/gi, replacement: "$1 [masked]" },
  { pattern: /\b(AccountKey=)[A-Za-z0-9+/=]{20,}/g, replacement: "$1[masked]" },
  // `--password hunter2x`: what a command line was given.
  {
    pattern:
      /(\s--[\w-]{0,40}(?:password|passphrase|secret|token|api-?key|access-?key)\s+["']?)(?=[^\s"']{0,40}\d)[^\s"'-][^\s"']{7,}/gi,
    replacement: "$1[masked]",
  },
  // `password: hunter2!x`, `API_KEY="..."`: a value of eight characters or more with a digit or a sign in it, so that
  // code such as `token = nextToken` stays readable.
  {
    pattern:
      /\b([\w.-]{0,64}(?:passw(?:or)?d|passphrase|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|private[_-]?key|token)["']?\s*(?:=|:|=>)\s*["'`]?)(?=[^\s"'`,;]{0,40}[0-9!@#$%^&*+=~])(?![^\s"'`]{0,200}[(){}<>[\]])[^\s"'`,;]{8,}/gi,
    replacement: "$1[masked]",
  },
];
