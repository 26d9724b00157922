import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { hasErrno, messageOf, UserError } from "../errors.ts";
import { type HttpHandler, type HttpServer, listen } from "../http.ts";
import type { Logger } from "../log.ts";
import { createSite } from "./site.ts";
import type { ApprovalPorts } from "./ports.ts";

export interface SharedPageOptions {
  /** CODELAB_HOME, where the process that serves the page says so. */
  readonly home: string;
  /** Taken when it is free, so that a paired browser stays paired; else any. */
  readonly port: number;
  readonly ports: ApprovalPorts;
  readonly log: Logger;
}

/** The approval page on loopback: served by this process, or by another of the same user that came first. */
export interface SharedPage extends AsyncDisposable {
  /** Makes sure that somebody serves the page. Never throws: without a page the other channels are left. */
  ensure(): Promise<void>;
  /** Address of the page as of the last `ensure`; null when there is none. */
  origin(): string | null;
}

const notice = z.object({ origin: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }), pid: z.number().int() });

/** How long another process's page may take to answer before it counts as gone. */
const PROBE_MS = 1_000;

/** Prepares the page; nothing listens before `ensure`. */
export function createSharedPage(options: SharedPageOptions): SharedPage {
  const { home, log } = options;
  const file = noticeIn(home);
  let server: HttpServer | null = null;
  let origin: string | null = null;
  let checking: Promise<void> | null = null;

  async function find(): Promise<void> {
    if (server !== null) return;
    const other = readNotice(file);
    if (other !== null && (await answers(other))) {
      origin = other;
      return;
    }
    origin = null;
    server = await serve(options, () => (origin === null ? [] : [origin]));
    origin = server.origin;
    const draft = `${file}.${process.pid}.tmp`;
    writeFileSync(draft, JSON.stringify({ origin, pid: process.pid }), { mode: 0o600 });
    renameSync(draft, file);
  }

  return {
    ensure: () =>
      (checking ??= find()
        .catch((error: unknown) => log.warn("The approval page cannot be served", { cause: messageOf(error) }))
        .finally(() => (checking = null))),
    origin: () => origin,
    async [Symbol.asyncDispose]() {
      await checking;
      if (server === null) return;
      if (readNotice(file) === server.origin) rmSync(file, { force: true });
      await server.close(500);
      server = null;
      origin = null;
    },
  };
}

/** Where a process last said that it serves the page; null where none does. It may have died since. */
export function pageNotice(home: string): string | null {
  return readNotice(noticeIn(home));
}

function noticeIn(home: string): string {
  return path.join(home, "page.json");
}

async function serve({ port, ports, log }: SharedPageOptions, origins: () => string[]): Promise<HttpServer> {
  const handlers: HttpHandler[] = [createSite({ ports, origins, log })];
  const common = { host: "127.0.0.1", handlers, log, maxBodyBytes: 65_536, maxConnections: 64 };
  try {
    return await listen({ ...common, port });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return listen({ ...common, port: 0 });
  }
}

function readNotice(file: string): string | null {
  try {
    return notice.parse(JSON.parse(readFileSync(file, "utf8"))).origin;
  } catch (error) {
    if (hasErrno(error, "ENOENT") || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

/** Whether a page of ours answers there: an unpaired caller is told so in our own words. */
async function answers(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/api/requests`, { signal: AbortSignal.timeout(PROBE_MS) });
    return response.status === 401 && (await response.text()).includes("permission.not-paired");
  } catch {
    return false;
  }
}
