import path from "node:path";
import { conversationRoots, conversationsFile } from "./conversations.ts";
import { indexFileOf } from "../app.ts";
import { UserError } from "../errors.ts";
import { createLogger } from "../log.ts";
import type { Config } from "../settings.ts";
import { type BackupReport, backupStore, type RestoreReport, restoreStore } from "../store/backup-store.ts";
import { type MigrationReport, type MigrationStage, migrateToEmbedded, migrateToServer } from "../store/migrate.ts";
import { qdrantOptions, type StoreOptions } from "../store/open-store.ts";
import { describeStore, type StoreReport } from "../store/store-report.ts";
import { openWorkspace } from "../workspace/workspace.ts";

export type IndexKind = StoreOptions["kind"];

/** An index of this workspace or user, and where its file is. */
export interface IndexPlace {
  readonly path: string;
  readonly options: StoreOptions;
}

export interface MigrateOptions {
  readonly to: "qdrant" | "embedded";
  /** Which indexes; both where undefined. */
  readonly kind: IndexKind | undefined;
  /** Which index on the server, where the own one is not meant. */
  readonly asked: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (kind: IndexKind, stage: MigrationStage, done: number, total: number) => void;
}

/** What became of one index. */
export interface IndexMigration extends MigrationReport {
  readonly kind: IndexKind;
}

/** The indexes of a configuration: the workspace's code, and the user's conversations. */
function placesOf(config: Config, kind: IndexKind | undefined): IndexPlace[] {
  const log = createLogger(config.logLevel);
  const { root } = openWorkspace(config.workspace);
  const talk = conversationRoots(config).join(path.delimiter);
  const places: IndexPlace[] = [
    { path: indexFileOf(config.home, root), options: { log, kind: "code", root, settings: config } },
    { path: conversationsFile(config), options: { log, kind: "conversations", root: talk, settings: config } },
  ];
  return places.filter(({ options }) => kind === undefined || options.kind === kind);
}

/** How each index is kept, here and on the server. */
export async function storeStatus(config: Config, kind: IndexKind | undefined): Promise<StoreReport[]> {
  return Promise.all(placesOf(config, kind).map(async ({ path: file, options }) => await describeStore(file, options)));
}

/**
 * Moves the indexes to the configured server or back, and proves that both sides are equal.
 * @throws UserError `request.bad-setting` without QDRANT_URL; `store.*` as `migrateToServer` and `migrateToEmbedded`.
 */
export async function migrateStore(config: Config, options: MigrateOptions): Promise<IndexMigration[]> {
  const url = requireServer(config);
  const reports: IndexMigration[] = [];
  const failures: unknown[] = [];
  for (const place of placesOf(config, options.kind)) {
    const { kind } = place.options;
    const run = {
      signal: options.signal,
      asked: options.asked,
      onProgress: (stage: MigrationStage, done: number, total: number) => options.onProgress(kind, stage, done, total),
    };
    const target = qdrantOptions(place.path, url, place.options);
    try {
      const move = options.to === "qdrant" ? migrateToServer : migrateToEmbedded;
      reports.push({ kind, ...(await move(place.path, target, run)) });
    } catch (thrown) {
      // Who has no conversations there still has code.
      if (!(thrown instanceof UserError) || thrown.code !== "store.not-found") throw thrown;
      failures.push(thrown);
    }
  }
  if (reports.length === 0) throw failures[0];
  return reports;
}

/** Copies the indexes, and their collections where there is a server, into a new directory. */
export async function backup(config: Config, directory: string, kind: IndexKind | undefined): Promise<BackupReport> {
  return backupStore(directory, placesOf(config, kind));
}

/** Puts a backup in the place of the indexes, and brings the server what it lacks of them. */
export async function restore(config: Config, directory: string, signal: AbortSignal): Promise<RestoreReport> {
  return restoreStore(directory, placesOf(config, undefined), signal);
}

function requireServer({ qdrantUrl }: Config): string {
  if (qdrantUrl !== undefined) return qdrantUrl;
  throw new UserError("request.bad-setting", "No Qdrant server is configured.", { hint: "Set QDRANT_URL." });
}
