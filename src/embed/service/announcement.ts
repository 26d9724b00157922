import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeDirectory } from "../../make-directory.ts";
import { hasErrno } from "../../errors.ts";
import { processExists } from "../../process-exists.ts";

/** An embedding service of this user that said where it listens. */
export interface AnnouncedService {
  readonly pid: number;
  /** Such as `http://127.0.0.1:4000`; always this machine. */
  readonly origin: string;
}

/** Says under `home` where this process serves embeddings, until it is disposed of. */
export function announceService(home: string, origin: string): Disposable {
  const directory = directoryOf(home);
  const file = path.join(directory, `${process.pid}.json`);
  const draft = `${file}.tmp`;
  makeDirectory(directory, 0o700);
  writeFileSync(draft, JSON.stringify({ pid: process.pid, origin }), { mode: 0o600 });
  renameSync(draft, file);
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

/** The services that were announced and whose process lives; what dead ones left is removed. */
export function announcedServices(home: string): AnnouncedService[] {
  const directory = directoryOf(home);
  return filesIn(directory).flatMap((name) => {
    const file = path.join(directory, name);
    const service = read(file);
    if (service !== null && processExists(service.pid)) return [service];
    rmSync(file, { force: true });
    return [];
  });
}

function directoryOf(home: string): string {
  return path.join(home, "embedding-services");
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/** Texts go to this machine only, whatever the file says. */
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):\d+$/;

function read(file: string): AnnouncedService | null {
  try {
    const told: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof told !== "object" || told === null || !("pid" in told) || !("origin" in told)) return null;
    const { pid, origin } = told;
    // 0 and below stand for groups of processes, of which one always lives.
    if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 0) return null;
    return typeof origin === "string" && LOOPBACK.test(origin) ? { pid, origin } : null;
  } catch (error) {
    if (error instanceof SyntaxError || hasErrno(error, "ENOENT")) return null;
    throw error;
  }
}
