import type { PathRole } from "./path-role.ts";

/**
 * The kinds of file that a query asks for by name, and that are therefore not held back. Mere mention is not asking:
 * "how the runner discovers test files" is about the runner.
 */
export function askedRoles(text: string): ReadonlySet<PathRole> {
  return new Set(ASKS.filter(([, pattern]) => pattern.test(text)).map(([role]) => role));
}

const ASKS: readonly (readonly [PathRole, RegExp])[] = [
  [
    "test",
    /\b(?:unit|integration|regression|e2e|end-to-end) tests?\b|\b(?:tests?|specs?|benchmarks?|fixtures?) (?:for|of|that|covering|which|cases?\b)|^(?:tests|benchmarks)\b|\b(?:is|are|where|how) .*\btested\b|\b(?:[Tt]est_\w|\w_test\b|\w+Tests?\b(?<!^Tests?)|\w[.]spec\b|\w[.]test\b)/,
  ],
  [
    "docs",
    /\b(?:documentation|readme|docs|changelog|release notes|tutorial|guide|man(?:ual)? pages?)\b|\.(?:md|mdx|rst)\b/i,
  ],
  [
    "example",
    /\b(?:examples?|samples?|demos?) (?:of|for|that|how|app|project|code)\b|^(?:examples?|samples?|demo)\b|\bexample\b.*\?$/i,
  ],
  [
    "data",
    /\b(?:package\.json|tsconfig|pyproject|cargo\.toml|dockerfile|workflow|manifest|yaml|toml|pom\.xml|dependency version)\b|\.(?:json|ya?ml|toml|xml|ini)\b/i,
  ],
  ["declaration", /\btype (?:declarations?|definitions?)\b|\.d\.ts\b/i],
  ["vendored", /\b(?:vendored?|third[- ]party|compat)\b/i],
  ["generated", /\b(?:generated|snapshot) (?:code|file)s?\b|\.snap\b/i],
];
