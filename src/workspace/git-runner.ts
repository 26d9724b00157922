import { spawn } from "node:child_process";
import { UserError, hasErrno } from "../errors.ts";

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Git in one directory, with everything that a repository's own configuration could make it execute switched off. */
export interface Git {
  /** Runs git and gives what it prints. Throws `workspace.git-failed` with what it complains about. */
  run(args: readonly string[], options?: GitOptions): Promise<string>;
  /** The same, and null where git merely says no (exit code 1). */
  ask(args: readonly string[], options?: GitOptions): Promise<string | null>;
}

const TIME_LIMIT_MS = 60_000;
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Settings of ours that hold whatever any file says. */
const FIXED: readonly (readonly [string, string])[] = [
  ["core.hooksPath", process.platform === "win32" ? "NUL" : "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.pager", "cat"],
  ["core.editor", "false"],
  ["core.askPass", ""],
  // There is no value for "none": whoever shows differences says --no-ext-diff, or fails rather than run anything.
  ["diff.external", ""],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["submodule.recurse", "false"],
  ["gpg.program", "gpg"],
  ["gpg.openpgp.program", "gpg"],
  ["gpg.x509.program", "gpgsm"],
  ["gpg.ssh.program", "ssh-keygen"],
];

/** Keys by which a repository's own configuration names programs: filters, drivers, helpers. */
const NAMES_PROGRAMS =
  /^(?:filter\..*\.(?:clean|smudge|process|required)|diff\..*\.(?:command|textconv)|merge\..*\.driver|gpg\.ssh\.defaultkeycommand|credential\..*|alias\..*|core\.(?:sshcommand|gitproxy|alternaterefscommand))$/i;

/** Reads which settings of the repository must be overruled, and gives the runner that does so. */
export async function openGit(directory: string): Promise<Git> {
  const settings = await execute(directory, ["config", "--list", "--show-scope", "--includes", "-z"], FIXED, {});
  if (settings.code !== 0) throw failed("config", settings.complaint);
  const overruled = [...FIXED, ...programsOfRepository(settings.output)];
  const run = async (args: readonly string[], options: GitOptions = {}) => execute(directory, args, overruled, options);
  return {
    run: async (args, options) => {
      const { code, output, complaint } = await run(args, options);
      if (code !== 0) throw failed(args[0] ?? "", complaint);
      return output;
    },
    ask: async (args, options) => {
      const { code, output, complaint } = await run(args, options);
      if (code > 1) throw failed(args[0] ?? "", complaint);
      return code === 0 ? output : null;
    },
  };
}

/** Entries are `scope NUL key LF value NUL`; the user's own and the system's are trusted, the repository's are not. */
function programsOfRepository(listing: string): [string, string][] {
  const fields = listing.split("\0");
  const keys = new Set<string>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const scope = fields[at];
    const key = (fields[at + 1] ?? "").split("\n")[0] ?? "";
    if ((scope === "local" || scope === "worktree") && NAMES_PROGRAMS.test(key)) keys.add(key);
  }
  return [...keys].map((key) => [key, key.endsWith(".required") ? "false" : ""]);
}

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly complaint: string;
}

function execute(
  cwd: string,
  args: readonly string[],
  settings: readonly (readonly [string, string])[],
  options: GitOptions,
): Promise<Outcome> {
  const child = spawn("git", ["--no-pager", "--literal-pathspecs", ...args], {
    cwd,
    env: { ...environment(settings), ...options.env },
    stdio: "pipe",
    timeout: TIME_LIMIT_MS,
    killSignal: "SIGKILL",
    windowsHide: true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_OUTPUT) child.kill("SIGKILL");
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString("utf8")).slice(0, 4000)));
    // Git may end without reading what it was given.
    child.stdin.on("error", () => {});
    child.once("error", (error) => reject(explain(error)));
    child.once("close", (code) => {
      const why = length > MAX_OUTPUT ? "more output than can be handled" : complaint.trim() || "it was ended";
      resolve({ code: code ?? 128, output: Buffer.concat(chunks).toString("utf8"), complaint: why });
    });
    child.stdin.end(options.input ?? "");
  });
}

const PASSED_ON = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "USERPROFILE",
  "SystemRoot",
  "TMPDIR",
  "TEMP",
  "XDG_CONFIG_HOME",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GNUPGHOME",
  "SSH_AUTH_SOCK",
];

/** Settings go by environment, where no character of a key can be mistaken for the end of it. */
function environment(settings: readonly (readonly [string, string])[]): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const numbered = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    ...(Object.fromEntries(numbered) as Record<string, string>),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: "false",
    // A repository may claim that objects are to be had elsewhere: getting them runs what it names.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_OPTIONAL_LOCKS: "0",
    LC_ALL: "C.UTF-8",
  };
}

function explain(error: Error): Error {
  if (!hasErrno(error, "ENOENT")) return error;
  return new UserError("workspace.no-git", "git is not installed or not in PATH", { cause: error });
}

function failed(command: string, complaint: string): UserError {
  const hint = complaint.includes("dubious ownership")
    ? { hint: "The repository belongs to another user: see git's safe.directory." }
    : {};
  return new UserError("workspace.git-failed", `git ${command}: ${complaint.replace(/^(?:fatal|error): /, "")}`, hint);
}
