import { foldName } from "../fold-name.ts";

/**
 * Whether a path may be named by an agent although a part of it is hidden: `never` for what holds secrets or a
 * repository's inner state, `by-policy` for other hidden names, `always` for ordinary ones and those that are
 * commonly read in a project (ignore files, tool configuration, CI). All spellings of a name are judged alike that some
 * file system takes for the same.
 */
export function hiddenStatus(relative: string): "always" | "by-policy" | "never" {
  let status: "always" | "by-policy" = "always";
  for (const part of relative.split("/")) {
    const name = foldName(part);
    if (!part.startsWith(".") && !name.startsWith(".")) continue;
    if (NEVER.some((pattern) => pattern.test(name))) return "never";
    if (!ALLOWED.some((pattern) => pattern.test(name))) status = "by-policy";
  }
  return status;
}

/** Whether a path is one that is never shown: it belongs in no index either, nor in what is sent to have it embedded. */
export function isSecret(relative: string): boolean {
  // Nearly all names begin with a letter and have no character that folds away.
  return PERHAPS_HIDDEN.test(relative) && hiddenStatus(relative) === "never";
}

const PERHAPS_HIDDEN = /(?:^|\/)(?:\.|git~)|[^\x20-\x7e]/i;

const NEVER = [
  /^\.(?:git|hg|svn|jj|bzr)$/,
  /^\.env(?!rc$)(?!\.(?:example|sample|template|dist|defaults)$)/,
  /^\.(?:ssh|aws|azure|gnupg|kube|docker|password-store|codelab-mcp)$/,
  /^\.(?:netrc|npmrc|yarnrc|yarnrc\.yml|pypirc|pgpass|htpasswd|git-credentials|vault-token)$/,
];

const ALLOWED = [
  /ignore$/,
  /^\.git(?:attributes|modules|keep|hub|lab|lab-ci\.yml|ea)$/,
  /^\.(?:editorconfig|mailmap|keep|codelab\.json|mcp\.json)$/,
  /rc(?:\.(?:js|cjs|mjs|ts|json|jsonc|json5|ya?ml|toml))?$/,
  /\.(?:js|cjs|mjs|ts|json|jsonc|ya?ml|toml|cfg|conf|md)$/,
  /-version$/,
  /^\.(?:tool-versions|clang-format|clang-tidy|clangd|flake8|coveragerc|bazelversion|dir-locals\.el)$/,
  /^\.env\.(?:example|sample|template|dist|defaults)$/,
  /^\.(?:ci|circleci|buildkite|woodpecker|husky|changeset|config|cargo|devcontainer|storybook|vscode|vitepress|mvn|well-known|github)$/,
  /^\.(?:claude|roo|cursor|kilocode|clinerules|agents)$/,
];
