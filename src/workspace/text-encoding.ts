import { isUtf8 } from "node:buffer";

/** How a file's text is written. `latin1` stands for any one-byte encoding: each byte is kept as one character. */
export type TextEncoding = "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be" | "latin1";

export interface DecodedText {
  /** Without byte order mark, line ends as they stand. */
  readonly text: string;
  readonly encoding: TextEncoding;
  /** Whether bytes that are no valid text were replaced, so that writing the text back would change them. */
  readonly lossy: boolean;
}

/** Decodes what is text in one of the encodings that sources come in; null for binary content. */
export function decodeText(bytes: Buffer): DecodedText | null {
  if (startsWith(bytes, 0xff, 0xfe) && !startsWith(bytes, 0xff, 0xfe, 0, 0))
    return decodeUtf16(bytes.subarray(2), "utf-16le");
  if (startsWith(bytes, 0xfe, 0xff)) return decodeUtf16(bytes.subarray(2), "utf-16be");
  const marked = startsWith(bytes, 0xef, 0xbb, 0xbf);
  const body = marked ? bytes.subarray(3) : bytes;
  if (body.includes(0)) {
    const encoding = guessUtf16(body);
    return encoding === null ? null : decodeUtf16(body, encoding);
  }
  const encoding = marked ? "utf-8-bom" : "utf-8";
  if (isUtf8(body)) {
    return looksBinary(body) ? null : { text: body.toString("utf8"), encoding, lossy: false };
  }
  if (looksBinary(body)) return null;
  // UTF-8 with some damage has more whole sequences than broken ones; a one-byte encoding hardly ever has.
  const { valid, broken } = countSequences(body);
  if (marked || valid > broken) return { text: body.toString("utf8"), encoding, lossy: true };
  return { text: body.toString("latin1"), encoding: "latin1", lossy: false };
}

/** The bytes of a text in an encoding; null when the encoding lacks one of its characters. */
export function encodeText(text: string, encoding: TextEncoding): Buffer | null {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text, "utf8");
    case "utf-8-bom":
      return Buffer.from(`\ufeff${text}`, "utf8");
    case "utf-16le":
      return Buffer.from(`\ufeff${text}`, "utf16le");
    case "utf-16be":
      return Buffer.from(`\ufeff${text}`, "utf16le").swap16();
    case "latin1":
      return /[^\0-\xff]/.test(text) ? null : Buffer.from(text, "latin1");
  }
}

/** The share of control bytes up to which a file still counts as text; compressed data has a tenth. */
const CONTROL_SHARE = 0.02;
/** How much is looked at: a file that begins as text and turns binary later is rare, and NUL is searched throughout. */
const SAMPLE = 8192;

function looksBinary(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, SAMPLE);
  let controls = 0;
  for (const byte of sample) if ((byte < 32 && (byte < 8 || (byte > 13 && byte !== 27))) || byte === 127) controls++;
  return controls > sample.length * CONTROL_SHARE;
}

/** Text in UTF-16 without a mark is mostly ASCII, whose second bytes are zero on one side and on one side only. */
function guessUtf16(bytes: Buffer): "utf-16le" | "utf-16be" | null {
  const sample = bytes.subarray(0, SAMPLE & ~1);
  if (sample.length < 4 || bytes.length % 2 === 1) return null;
  const zeros: [number, number] = [0, 0];
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) zeros[at % 2 === 0 ? 0 : 1]++;
  const [even, odd] = zeros;
  const most = (sample.length / 2) * 0.6;
  if (odd > most && even === 0) return "utf-16le";
  return even > most && odd === 0 ? "utf-16be" : null;
}

function decodeUtf16(body: Buffer, encoding: "utf-16le" | "utf-16be"): DecodedText | null {
  const whole = body.length & ~1;
  const little = encoding === "utf-16le" ? body.subarray(0, whole) : Buffer.from(body.subarray(0, whole)).swap16();
  const text = little.toString("utf16le");
  if (text.slice(0, SAMPLE).includes("\0")) return null;
  return { text: text.startsWith("\ufeff") ? text.slice(1) : text, encoding, lossy: whole !== body.length };
}

function countSequences(bytes: Buffer): { valid: number; broken: number } {
  let valid = 0;
  let broken = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) continue;
    const length = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    let follow = 0;
    while (follow < length && ((bytes[at + follow + 1] ?? 0) & 0xc0) === 0x80) follow++;
    if (length > 0 && follow === length) valid++;
    else broken++;
    at += follow;
  }
  return { valid, broken };
}

function startsWith(bytes: Buffer, ...mark: readonly number[]): boolean {
  return bytes.length >= mark.length && mark.every((byte, index) => bytes[index] === byte);
}
