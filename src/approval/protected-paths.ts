import { foldName } from "../fold-name.ts";

/**
 * Paths whose change makes a program run something, hands instructions to an agent, or holds secrets. No policy and no
 * session grant covers them: a human is always asked. A name matches at any depth, a directory with all inside it.
 */
const PROTECTED_NAMES: readonly string[] = [
  // Version control: hooks, filters and aliases run programs.
  ".git",
  ".gitmodules",
  ".gitattributes",
  ".gitconfig",
  ".hg",
  ".svn",
  ".jj",
  // Agents' configuration, rules and memories.
  ".mcp.json",
  ".claude",
  ".claude.json",
  "claude.md",
  "claude.local.md",
  "agents.md",
  "gemini.md",
  ".roo",
  ".roomodes",
  ".roorules",
  ".cline",
  ".clinerules",
  ".kilocode",
  ".kilocodemodes",
  ".cursor",
  ".cursorrules",
  ".windsurf",
  ".windsurfrules",
  ".codex",
  ".gemini",
  ".continue",
  ".aider.conf.yml",
  ".agents",
  ".github",
  // Editors and environments that run tasks on opening a folder.
  ".vscode",
  ".idea",
  ".zed",
  ".devcontainer",
  ".husky",
  "lefthook.yml",
  ".pre-commit-config.yaml",
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pnpmfile.cjs",
  // Shell start-up files.
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
  ".config",
  // Credentials.
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".netrc",
  ".pypirc",
  ".git-credentials",
  // Our own configuration and state.
  ".codelab.json",
  ".codelab-mcp",
];

/** `.env`, `.env.local`, `.envrc` and their like. */
const ENVIRONMENT_FILE = ".env";

/**
 * Why this path (relative to the workspace or absolute, with `/` or `\`) is protected, or null. Spellings that some
 * file system takes for the same name are the same name here: case, Unicode form, ignorable characters, trailing dots
 * and spaces, alternate streams, and 8.3 short names of `.git`. `own` are further protected directories, such as
 * CODELAB_HOME, compared with the path as given.
 */
export function protectedReason(path: string, own: readonly string[] = []): string | null {
  for (const segment of path.split(/[/\\]/)) {
    const name = foldName(segment);
    if (PROTECTED.has(name) || name.startsWith(ENVIRONMENT_FILE)) return `${name} is protected`;
  }
  const whole = foldPath(path);
  const inside = own.map(foldPath).find((directory) => whole === directory || whole.startsWith(`${directory}/`));
  return inside === undefined ? null : "codelab-mcp's own state is protected";
}

function foldPath(path: string): string {
  return path
    .split(/[/\\]/)
    .filter((segment) => segment !== "" && segment !== ".")
    .map(foldName)
    .join("/");
}

const PROTECTED: ReadonlySet<string> = new Set(PROTECTED_NAMES);
