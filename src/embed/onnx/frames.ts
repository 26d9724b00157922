/**
 * Messages over a stream of bytes. Each is a head in JSON and bodies of bytes, which are what is large in it: texts and
 * vectors go as they are, at a fraction of what it takes to serialise them. Before them stand their lengths: that of the
 * head, the number of bodies, and that of each body.
 */
const LENGTH_BYTES = 4;

/** A message as it is sent. */
export function frameOf(head: object, bodies: readonly (string | Uint8Array)[] = []): Buffer {
  const json = JSON.stringify(head);
  // A head is ASCII unless it carries an error's message.
  const headBytes = Buffer.byteLength(json);
  const lengths = bodies.map((body) => (typeof body === "string" ? Buffer.byteLength(body) : body.byteLength));
  const start = LENGTH_BYTES * (2 + bodies.length);
  const frame = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, start + headBytes));
  let at = frame.writeUInt32LE(headBytes, 0);
  at = frame.writeUInt32LE(bodies.length, at);
  for (const length of lengths) at = frame.writeUInt32LE(length, at);
  at += frame.write(json, at);
  for (const body of bodies) {
    if (typeof body === "string") at += frame.write(body, at);
    else {
      frame.set(body, at);
      at += body.byteLength;
    }
  }
  return frame;
}

/**
 * Takes the stream piece by piece, however it was cut, and tells of each message that is whole.
 * @param onFrame given the head, and the bodies as parts of memory that is used again: copy what is kept
 */
export function createFrameReader(
  onFrame: (head: unknown, bodies: readonly Buffer[]) => void,
): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let wanted = LENGTH_BYTES * 2;
  return (piece) => {
    pieces.push(piece);
    bytes += piece.byteLength;
    // A long text comes in many pieces, which are put together once.
    if (bytes < wanted) return;
    let rest = pieces.length === 1 ? piece : Buffer.concat(pieces, bytes);
    for (wanted = wantedOf(rest); rest.byteLength >= wanted; wanted = wantedOf(rest)) {
      readFrame(rest, onFrame);
      rest = rest.subarray(wanted);
    }
    pieces = rest.byteLength === 0 ? [] : [rest];
    bytes = rest.byteLength;
  };
}

function readFrame(frame: Buffer, onFrame: (head: unknown, bodies: readonly Buffer[]) => void): void {
  const count = frame.readUInt32LE(LENGTH_BYTES);
  let at = LENGTH_BYTES * (2 + count);
  const headEnd = at + frame.readUInt32LE(0);
  const head: unknown = JSON.parse(frame.toString("utf8", at, headEnd));
  at = headEnd;
  const bodies: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const end = at + frame.readUInt32LE(LENGTH_BYTES * (2 + index));
    bodies.push(frame.subarray(at, end));
    at = end;
  }
  onFrame(head, bodies);
}

/** Bytes of the message that begins here, or of as much of its lengths as tells more where they are not all there. */
function wantedOf(bytes: Buffer): number {
  if (bytes.byteLength < LENGTH_BYTES * 2) return LENGTH_BYTES * 2;
  const count = bytes.readUInt32LE(LENGTH_BYTES);
  const start = LENGTH_BYTES * (2 + count);
  if (bytes.byteLength < start) return start;
  let wanted = start + bytes.readUInt32LE(0);
  for (let index = 0; index < count; index += 1) wanted += bytes.readUInt32LE(LENGTH_BYTES * (2 + index));
  return wanted;
}
