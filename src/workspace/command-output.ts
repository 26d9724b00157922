import { closeSync, openSync, readSync, fstatSync, writeSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/** Bytes kept of a command's output at its beginning and its end for the answer. */
const HEAD_BYTES = 12_000;
const TAIL_BYTES = 20_000;
/** Bytes kept on disk for reading page by page; endless output ends there. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Takes a command's output in bounded memory: beginning and end here, all of it (up to 64 MB) in a file. */
export class CommandOutput {
  readonly file: string;
  #fd: number | null;
  #bytes = 0;
  #written = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  /** Creates `file`, which must not exist, readable by its owner only. */
  constructor(file: string) {
    this.file = file;
    this.#fd = openSync(file, "wx", 0o600);
  }

  /** Bytes that came, also those that were dropped. */
  get bytes(): number {
    return this.#bytes;
  }

  get truncated(): boolean {
    return this.#bytes > HEAD_BYTES + TAIL_BYTES;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#keep(chunk.subarray(0, MAX_FILE_BYTES - this.#written));
    const missing = HEAD_BYTES - this.#head.length;
    if (missing > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, missing)]);
    const rest = chunk.subarray(Math.max(missing, 0));
    if (rest.length > 0) this.#tail = Buffer.concat([this.#tail, rest.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
  }

  /** Written synchronously: the pipe then fills up and slows a command down that writes faster than the disk. */
  #keep(chunk: Buffer): void {
    try {
      for (let at = 0; this.#fd !== null && at < chunk.length;) at += writeSync(this.#fd, chunk, at);
      this.#written += chunk.length;
    } catch {
      // A full disk costs the whole output, not the command: what the answer shows is kept in memory.
      this.close();
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  /** The output, or its beginning and end with a line between them that says how much is left out. */
  text(): string {
    if (!this.truncated) return readable(Buffer.concat([this.#head, this.#tail]));
    const left = this.#bytes - this.#head.length - this.#tail.length;
    const head = readable(this.#head.subarray(0, lastBorder(this.#head)));
    return `${head}\n… ${left} bytes left out …\n${readable(this.#tail.subarray(firstBorder(this.#tail)))}`;
  }
}

export interface OutputPage {
  readonly text: string;
  /** Byte offset of the next page; null at the end of what there is. */
  readonly next: number | null;
  readonly bytes: number;
}

/** One page of a command's output file, from a byte offset; pages break between characters. */
export function readOutputPage(file: string, offset: number, limit = 30_000): OutputPage {
  const fd = openSync(file, "r");
  try {
    const bytes = fstatSync(fd).size;
    const buffer = Buffer.alloc(Math.max(0, Math.min(limit, bytes - offset)));
    const count = readSync(fd, buffer, 0, buffer.length, offset);
    const read = buffer.subarray(0, count);
    const more = offset + count < bytes;
    const page = more ? read.subarray(0, lastBorder(read)) : read;
    return { text: readable(page), next: more ? offset + page.length : null, bytes };
  } finally {
    closeSync(fd);
  }
}

/** Output as text that no terminal and no reader is misled by: no escape sequences, other controls replaced. */
export function readable(bytes: Buffer): string {
  const text = stripVTControlCharacters(bytes.toString("utf8").replaceAll("\r\n", "\n"));
  return text.replaceAll("\r", "\n").replace(/[^\P{Cc}\t\n]/gu, "\ufffd");
}

/** Where the first whole character begins. */
function firstBorder(bytes: Buffer): number {
  let at = 0;
  while (at < 4 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}

/** Where the last whole character ends. */
function lastBorder(bytes: Buffer): number {
  let at = bytes.length;
  while (at > 0 && bytes.length - at < 4 && ((bytes[at - 1] ?? 0) & 0xc0) === 0x80) at--;
  const lead = bytes[at - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return lead >= 0x80 && bytes.length - at + 1 < length ? at - 1 : bytes.length;
}
