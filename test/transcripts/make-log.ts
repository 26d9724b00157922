import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ReadOptions } from "../../src/transcripts/read-transcript.ts";
import type { TranscriptFile } from "../../src/transcripts/list-transcripts.ts";

export const OPTIONS: ReadOptions = { chunkSize: 10, maxTokens: 200, measure: (text) => Math.ceil(text.length / 4) };

const START = Date.UTC(2026, 0, 5, 9);

export interface LogOptions {
  readonly sessionId?: string;
  readonly cwd?: string;
  readonly uuid?: string;
  /** Minutes after the start of the log. */
  readonly at?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A user's record, as one line without its line break. */
export function userLine(content: unknown, options: LogOptions = {}): string {
  return JSON.stringify({ ...base(options), type: "user", message: { role: "user", content } });
}

/** One block of an assistant's message, as one line. */
export function assistantLine(messageId: string, block: unknown, options: LogOptions = {}): string {
  return JSON.stringify({
    ...base(options),
    message: { model: "claude", id: messageId, type: "message", role: "assistant", content: [block] },
    type: "assistant",
  });
}

function base({ sessionId = "s-1", cwd = "/home/dev/shop", uuid, at = 0, extra = {} }: LogOptions) {
  return {
    parentUuid: null,
    isSidechain: false,
    cwd,
    sessionId,
    gitBranch: "main",
    ...(uuid === undefined ? {} : { uuid }),
    timestamp: new Date(START + at * 60_000).toISOString(),
    ...extra,
  };
}

/** A folder for one test file, and the logs in it. */
export class LogFolder implements Disposable {
  readonly path = mkdtempSync(path.join(os.tmpdir(), "codelab-transcripts-"));

  /** Writes `content` to a log and tells its place. */
  write(name: string, content: string | Uint8Array): TranscriptFile {
    writeFileSync(path.join(this.path, name), content);
    return this.file(name);
  }

  file(name: string): TranscriptFile {
    return { path: path.join(this.path, name), root: this.path, size: 0, mtimeMs: 0, inode: 0 };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
