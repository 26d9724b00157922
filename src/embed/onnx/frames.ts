/**
 * Messages over a stream of bytes. Each is a head in JSON and a body of bytes, which is what is large in it: texts and
 * vectors go as they are, at a fraction of what it takes to serialise them. Before both stand their lengths.
 */
const LENGTHS_BYTES = 8;

/** A message as it is sent. */
export function frameOf(head: object, body: string | Uint8Array = ""): Buffer {
  const json = JSON.stringify(head);
  // A head is ASCII unless it carries an error's message.
  const headBytes = Buffer.byteLength(json);
  const bodyBytes = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  const frame = Buffer.allocUnsafe(LENGTHS_BYTES + headBytes + bodyBytes);
  frame.writeUInt32LE(headBytes, 0);
  frame.writeUInt32LE(bodyBytes, 4);
  frame.write(json, LENGTHS_BYTES);
  if (typeof body === "string") frame.write(body, LENGTHS_BYTES + headBytes);
  else frame.set(body, LENGTHS_BYTES + headBytes);
  return frame;
}

/**
 * Takes the stream piece by piece, however it was cut, and tells of each message that is whole.
 * @param onFrame given the head, and the body as part of memory that is used again: copy what is kept
 */
export function createFrameReader(onFrame: (head: unknown, body: Buffer) => void): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let wanted = LENGTHS_BYTES;
  return (piece) => {
    pieces.push(piece);
    bytes += piece.byteLength;
    // A long text comes in many pieces, which are put together once.
    if (bytes < wanted) return;
    let rest = pieces.length === 1 ? piece : Buffer.concat(pieces, bytes);
    for (wanted = lengthOf(rest); rest.byteLength >= wanted; wanted = lengthOf(rest)) {
      const headEnd = LENGTHS_BYTES + rest.readUInt32LE(0);
      onFrame(JSON.parse(rest.toString("utf8", LENGTHS_BYTES, headEnd)), rest.subarray(headEnd, wanted));
      rest = rest.subarray(wanted);
    }
    pieces = rest.byteLength === 0 ? [] : [rest];
    bytes = rest.byteLength;
  };
}

/** Bytes of the message that begins here, or of its lengths where not even they are there. */
function lengthOf(bytes: Buffer): number {
  if (bytes.byteLength < LENGTHS_BYTES) return LENGTHS_BYTES;
  return LENGTHS_BYTES + bytes.readUInt32LE(0) + bytes.readUInt32LE(4);
}
