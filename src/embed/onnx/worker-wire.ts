import type { Socket } from "node:net";
import { createFrameReader, frameOf } from "./frames.ts";
import type { FromWorker, ToWorker } from "./worker-protocol.ts";

/** Sends a message. To a socket whose other end is gone it is lost, as is everything that was on its way. */
export function writeMessage(socket: Socket, message: ToWorker | FromWorker): void {
  if (socket.destroyed) return;
  if (message.type === "embed") {
    const { text, ...head } = message;
    socket.write(frameOf(head, text));
  } else if (message.type === "done") {
    const { vector, ...head } = message;
    socket.write(frameOf(head, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)));
  } else socket.write(frameOf(message));
}

/** Tells of each message that comes. Who uses a socket so watches the process at its other end, not its errors. */
export function readMessages<Message extends ToWorker | FromWorker>(
  socket: Socket,
  onMessage: (message: Message) => void,
): void {
  socket.on("error", () => {});
  socket.on(
    "data",
    createFrameReader((head, body) => onMessage({ ...(head as Message), ...contentOf(head as Message, body) })),
  );
}

function contentOf({ type }: ToWorker | FromWorker, body: Buffer): { text: string } | { vector: Float32Array } | null {
  if (type === "embed") return { text: body.toString("utf8") };
  // Copied, which also aligns it.
  if (type === "done") return { vector: new Float32Array(new Uint8Array(body).buffer) };
  return null;
}
