import path from "node:path";

/** The machine as far as it decides where programs keep their configuration. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly homeDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A variable that is set to something: an empty one counts as not set, as everywhere. */
export function given(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

/** Where programs of a user keep their configuration: the directory that is a system's custom. */
export function configDirectory({ platform, homeDir, env }: Machine): string {
  if (platform === "darwin") return path.join(homeDir, "Library", "Application Support");
  if (platform === "win32") return given(env, "APPDATA") ?? path.join(homeDir, "AppData", "Roaming");
  const custom = env["XDG_CONFIG_HOME"];
  return custom !== undefined && path.isAbsolute(custom) ? custom : path.join(homeDir, ".config");
}

/** Visual Studio Code's directory of a user. */
export function codeUserDirectory(machine: Machine): string {
  return path.join(configDirectory(machine), "Code", "User");
}

/** Where an extension of Visual Studio Code keeps its settings; the editor writes the id in small letters. */
export function extensionSettings(machine: Machine, extension: string, file: string): string {
  return path.join(codeUserDirectory(machine), "globalStorage", extension.toLowerCase(), "settings", file);
}
