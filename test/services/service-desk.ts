import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Launch, ServiceSpec } from "../../src/services/service.ts";
import { Supervisor } from "../../src/services/supervisor.ts";
import { type Database, openDatabase } from "../../src/sqlite.ts";

/** A supervisor in a directory of its own; the services that it was given end with it. */
export class ServiceDesk implements AsyncDisposable {
  readonly directory: string;
  readonly supervisor: Supervisor;
  readonly #lock: Database;
  readonly #specs: ServiceSpec[] = [];

  constructor(directory: string, lock: Database) {
    this.directory = directory;
    this.supervisor = new Supervisor(directory, lock);
    this.#lock = lock;
  }

  static async open(): Promise<ServiceDesk> {
    const directory = mkdtempSync(path.join(os.tmpdir(), "codelab-services-"));
    return new ServiceDesk(directory, await openDatabase(path.join(directory, "lock.db"), { migrations: [] }));
  }

  /** A service that runs a script, and is ready once it has written `ready`. */
  script(source: string, changes: Partial<Launch> = {}, key = "test"): ServiceSpec {
    const spec: ServiceSpec = {
      name: "watcher",
      key,
      url: null,
      setting: null,
      launch: { program: process.execPath, args: ["-e", source], env: {}, ...changes },
      probe: async (log) => {
        if (log.includes("ready")) return await Promise.resolve({ state: "ready", detail: "at work" });
        return { state: log === "" ? "down" : "loading", detail: log.trim() };
      },
    };
    this.#specs.push(spec);
    return spec;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const spec of this.#specs) await this.supervisor.stop(spec, 0);
    this.#lock.close();
    rmSync(this.directory, { recursive: true });
  }
}
