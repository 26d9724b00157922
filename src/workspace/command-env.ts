import path from "node:path";

/** Variables that commands get from ours; everything else, tokens and keys above all, stays behind. */
const ALLOWED = new Set(
  `PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR
   SystemRoot SystemDrive ComSpec PATHEXT WINDIR TEMP TMP USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA
   ProgramData ProgramFiles ProgramFiles(x86) NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE
   JAVA_HOME GOPATH GOROOT CARGO_HOME RUSTUP_HOME NVM_DIR PNPM_HOME VIRTUAL_ENV PYENV_ROOT`
    .split(/\s+/)
    .map((name) => name.toUpperCase()),
);

/** What tells programs that no one is at a terminal, so that they neither page nor colour nor ask. */
const QUIET = {
  TERM: "dumb",
  NO_COLOR: "1",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  DEBIAN_FRONTEND: "noninteractive",
};

/**
 * The environment of a command: what is allowed of `ours`, the quiet settings, then the request's own `changes`.
 */
export function commandEnvironment(
  ours: NodeJS.ProcessEnv,
  changes: Readonly<Record<string, string>>,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(ours)) {
    const allowed = ALLOWED.has(name.toUpperCase()) || name.startsWith("LC_");
    if (value === undefined || !allowed) continue;
    // Windows takes names in any letters for the same, and has `Path`.
    const isPath = name === "PATH" || (platform === "win32" && name.toUpperCase() === "PATH");
    if (isPath) environment["PATH"] = absoluteOnly(value, platform === "win32" ? path.win32 : path.posix);
    else environment[name] = value;
  }
  return { ...environment, ...QUIET, ...changes };
}

/** A search path without places that depend on where a command runs, as that may be where an agent wrote. */
function absoluteOnly(searchPath: string, flavour: path.PlatformPath): string {
  return searchPath
    .split(flavour.delimiter)
    .filter((directory) => flavour.isAbsolute(directory))
    .join(flavour.delimiter);
}
