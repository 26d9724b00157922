import { POSTING_BYTES, docAt } from "./posting.ts";

/**
 * The postings of a word in one segment, in whichever form takes less memory: as they are stored, or (`isDense`) one
 * byte of impact per document of the segment, 0 where the word is not in it.
 */
export interface PostingList {
  readonly bytes: Uint8Array;
  readonly isDense: boolean;
  /** Documents that hold the word. */
  readonly count: number;
}

export const NO_POSTINGS: PostingList = { bytes: new Uint8Array(), isDense: false, count: 0 };

/** The form that is kept in memory of stored postings; `docs` is how many documents the segment has. */
export function listOf(stored: Uint8Array, docs: number): PostingList {
  const count = stored.length / POSTING_BYTES;
  if (count === 0) return NO_POSTINGS;
  if (stored.length <= docs) return { bytes: stored, isDense: false, count };
  const bytes = new Uint8Array(docs);
  for (let at = 0; at < stored.length; at += POSTING_BYTES) bytes[docAt(stored, at)] = stored[at + 2] ?? 0;
  return { bytes, isDense: true, count };
}

/** A list of one byte of impact per document. */
export function denseList(bytes: Uint8Array): PostingList {
  return { bytes, isDense: true, count: bytes.reduce((sum, impact) => sum + (impact === 0 ? 0 : 1), 0) };
}

/** The impact of a document in a list; 0 when it is not in it. */
export function impactIn({ bytes, isDense }: PostingList, doc: number): number {
  if (isDense) return bytes[doc] ?? 0;
  let low = 0;
  let high = bytes.length / POSTING_BYTES - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = middle * POSTING_BYTES;
    const here = docAt(bytes, at);
    if (here === doc) return bytes[at + 2] ?? 0;
    if (here < doc) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

/** The numbers of the documents in a list, rising. */
export function docsIn({ bytes, isDense, count }: PostingList): Uint16Array {
  const docs = new Uint16Array(count);
  let found = 0;
  if (isDense) {
    for (let doc = 0; doc < bytes.length; doc++) if (bytes[doc] !== 0) docs[found++] = doc;
  } else {
    for (let at = 0; at < bytes.length; at += POSTING_BYTES) docs[found++] = docAt(bytes, at);
  }
  return docs;
}
