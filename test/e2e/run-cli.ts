import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { writeTree } from "../write-tree.ts";

export const CLI = path.resolve(import.meta.dirname, "../../dist/cli.js");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home and a project of their own, with the built program to run on them. */
export class Sandbox implements Disposable {
  readonly root = mkdtempSync(path.join(os.tmpdir(), "codelab-e2e-"));
  readonly home = path.join(this.root, "home");
  readonly project = path.join(this.root, "project");

  constructor(files: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.project);
    this.write(files);
  }

  write(files: Readonly<Record<string, string>>): void {
    writeTree(this.project, files);
  }

  /** Words alone unless a test asks otherwise: what is tested here does not depend on a model. */
  env(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      PATH: process.env["PATH"],
      HOME: this.root,
      CODELAB_HOME: this.home,
      EMBEDDING_PROVIDER: "none",
      ...extra,
    };
  }

  spawn(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    return spawn(process.execPath, [CLI, ...args], { cwd: this.project, env: this.env(env) });
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const child = this.spawn(args, env);
    child.stdin.end();
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  async json<Value>(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Value> {
    const { stdout, stderr } = await this.run([...args, "--json"], env);
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as Value;
  }

  [Symbol.dispose](): void {
    // A process that was killed may still be writing its last.
    rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}
