import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameReader, frameOf } from "../../../src/embed/onnx/frames.ts";

function read(pieces: Iterable<Buffer>) {
  const seen: { head: unknown; bodies: Buffer[] }[] = [];
  const take = createFrameReader((head, bodies) =>
    seen.push({ head, bodies: bodies.map((body) => Buffer.from(body)) }),
  );
  for (const piece of pieces) take(piece);
  return seen;
}

/** The bytes in pieces that end after these shares of what is left. */
function* cut(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at = Math.min(bytes.byteLength, at + length);
  }
  yield bytes.subarray(at);
}

const body = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
  fc.constant("é".repeat(40_000)),
);
const message = fc.record({
  head: fc.record({ id: fc.nat(), name: fc.string({ unit: "binary" }) }),
  bodies: fc.array(body, { maxLength: 4 }),
});

describe("frames", () => {
  it("arrive whole and in order, however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(500)), (messages, lengths) => {
        const stream = Buffer.concat(messages.map(({ head, bodies }) => frameOf(head, bodies)));
        // As text: buffers are compared byte by byte, which takes a hundred times as long.
        const text = (bytes: string | Uint8Array) => Buffer.from(bytes as string).toString("latin1");
        expect(read(cut(stream, lengths)).map(({ head, bodies }) => ({ head, bodies: bodies.map(text) }))).toEqual(
          messages.map(({ head, bodies }) => ({ head, bodies: bodies.map(text) })),
        );
      }),
    );
  });

  it("hold back what is not whole yet", () => {
    const frame = frameOf({ id: 1 }, ["text", Buffer.of(0)]);
    for (let bytes = 0; bytes < frame.byteLength; bytes += 1) expect(read([frame.subarray(0, bytes)])).toEqual([]);
    expect(read(Array.from(frame, (byte) => Buffer.of(byte)))).toEqual([
      { head: { id: 1 }, bodies: [Buffer.from("text"), Buffer.of(0)] },
    ]);
  });

  it("put a long message together once, not with every piece", () => {
    const frame = frameOf({ id: 1 }, [Buffer.alloc(10_000_000, "x")]);
    const pieces = Array.from({ length: Math.ceil(frame.byteLength / 1_000) }, (_, index) =>
      frame.subarray(index * 1_000, index * 1_000 + 1_000),
    );
    expect(read(pieces)[0]?.bodies[0]?.byteLength).toBe(10_000_000);
  });
});
