/** One field of a protobuf message as it stands on the wire: a varint, eight or four bytes, or length-delimited bytes. */
export interface Field {
  readonly id: number;
  readonly value: bigint | Fixed | Uint8Array;
}

/** A fixed-width value, kept as its little-endian bytes. */
export interface Fixed {
  readonly fixed: Uint8Array;
}

/**
 * Splits one protobuf message into its fields, in order and without copying the bytes they hold.
 * @throws RangeError when the bytes are no message.
 */
export function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError("protobuf field reaches past the end of its message");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const [key, afterKey] = readVarint(bytes, at);
    at = afterKey;
    const id = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === 0) {
      const [value, next] = readVarint(bytes, at);
      at = next;
      fields.push({ id, value: BigInt.asIntN(64, value) });
    } else if (wire === 1) fields.push({ id, value: { fixed: take(8) } });
    else if (wire === 5) fields.push({ id, value: { fixed: take(4) } });
    else if (wire === 2) {
      const [length, next] = readVarint(bytes, at);
      at = next;
      fields.push({ id, value: take(Number(length)) });
    } else throw new RangeError(`protobuf wire type ${wire} is not in use`);
  }
  return fields;
}

/** The bytes of a message with these fields. */
export function writeFields(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { id, value } of fields) {
    if (typeof value === "bigint") parts.push(varint(BigInt(id) << 3n), varint(BigInt.asUintN(64, value)));
    else if (value instanceof Uint8Array) {
      parts.push(varint((BigInt(id) << 3n) | 2n), varint(BigInt(value.length)), value);
    } else parts.push(varint((BigInt(id) << 3n) | (value.fixed.length === 8 ? 1n : 5n)), value.fixed);
  }
  return Buffer.concat(parts);
}

/** The text of a length-delimited field's value; empty for any other. */
export function textOf(value: Field["value"]): string {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length).toString("utf8") : "";
}

/** Integers of a repeated field, whether it came packed or one by one. */
export function integersOf(fields: readonly Field[], id: number): number[] {
  return fields
    .filter((field) => field.id === id)
    .flatMap(({ value }) => {
      if (typeof value === "bigint") return [Number(value)];
      if (!(value instanceof Uint8Array)) return [];
      const unpacked: number[] = [];
      for (let at = 0; at < value.length;) {
        const [integer, next] = readVarint(value, at);
        unpacked.push(Number(BigInt.asIntN(64, integer)));
        at = next;
      }
      return unpacked;
    });
}

function readVarint(bytes: Uint8Array, start: number): [value: bigint, next: number] {
  let value = 0n;
  for (let at = start, shift = 0n; shift < 70n; at += 1, shift += 7n) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError("protobuf varint reaches past the end of its message");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
  throw new RangeError("protobuf varint is longer than ten bytes");
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
