import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { homeDirectory } from "../home-directory.ts";

/** Directories that hold keys, which a confined command sees empty. */
const SECRET_DIRECTORIES = [
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".config/gh",
  ".config/gcloud",
  ".codelab-mcp",
];

export interface SandboxOptions {
  /** Real absolute directory that may be written. */
  readonly root: string;
  readonly cwd: string;
  readonly network: boolean;
  /** Further directories that the command must not see, such as our own state. */
  readonly hidden?: readonly string[];
}

/** Whether bubblewrap is installed and allowed to work here: some containers forbid what it needs. */
export async function hasBubblewrap(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const probe = ["--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "--proc", "/proc", "--dev", "/dev", "true"];
  return promisify(execFile)("bwrap", probe, { timeout: 5000 }).then(
    () => true,
    () => false,
  );
}

/**
 * The argv that runs `argv` confined: everything read-only but the workspace and an own /tmp, no keys, no network unless
 * wanted, own process ids that end with it.
 */
export function bubblewrapArgv(argv: readonly string[], options: SandboxOptions): string[] {
  const home = homeDirectory();
  const own = home === null ? [] : SECRET_DIRECTORIES.map((name) => path.join(home, name));
  const secrets = [...own, ...(options.hidden ?? [])];
  const hidden = secrets.filter((directory) => existsSync(directory)).flatMap((directory) => ["--tmpfs", directory]);
  const unshared = "--unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try".split(" ");
  const readOnly = "--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp".split(" ");
  const network = options.network ? [] : ["--unshare-net"];
  // The workspace comes after /tmp, in which it may lie.
  const workspace = ["--bind", options.root, options.root, ...readOnlyIn(options.root), "--chdir", options.cwd];
  return [
    "bwrap",
    "--die-with-parent",
    "--new-session",
    ...unshared,
    ...network,
    ...readOnly,
    ...hidden,
    ...workspace,
    "--",
    ...argv,
  ];
}

/** What makes others run something later (hooks, agents' and editors' settings) stays as it is. */
function readOnlyIn(root: string): string[] {
  const present = LATER_RUN.map((name) => path.join(root, name)).filter((file) => existsSync(file));
  return present.flatMap((file) => ["--ro-bind", file, file]);
}

const LATER_RUN = ".git/hooks .git/config .mcp.json .codelab.json .claude .roo .kilocode .cursor .vscode .husky".split(
  " ",
);
