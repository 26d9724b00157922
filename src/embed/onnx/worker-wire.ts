import type { Socket } from "node:net";
import { createFrameReader, frameOf } from "./frames.ts";
import type { FromWorker, ToWorker } from "./worker-protocol.ts";

/** Sends a message. To a socket whose other end is gone it is lost, as is everything that was on its way. */
export function writeMessage(socket: Socket, message: ToWorker | FromWorker): void {
  if (socket.destroyed) return;
  if (message.type === "embed") {
    const { texts, ...head } = message;
    const heads = texts.map(({ id, overflow }) => ({ id, overflow }));
    const bodies = texts.map(({ text }) => text);
    socket.write(frameOf({ ...head, texts: heads }, bodies));
  } else if (message.type === "outcomes") {
    const { outcomes, ...head } = message;
    const bodies: Uint8Array[] = [];
    const heads = outcomes.map((outcome) => {
      if (outcome.type !== "done") return outcome;
      const { vector, ...rest } = outcome;
      bodies.push(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
      return rest;
    });
    socket.write(frameOf({ ...head, outcomes: heads }, bodies));
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
    createFrameReader((head, bodies) => onMessage(withBodies(head as Message, bodies) as Message)),
  );
}

/** The message whose texts or vectors came as bodies. */
function withBodies(head: ToWorker | FromWorker, bodies: readonly Buffer[]): ToWorker | FromWorker {
  if (head.type === "embed")
    return {
      ...head,
      texts: head.texts.map((text, index) => ({ ...text, text: bodies[index]?.toString("utf8") ?? "" })),
    };
  if (head.type !== "outcomes") return head;
  let next = 0;
  const outcomes = head.outcomes.map((outcome) =>
    outcome.type === "done" ? { ...outcome, vector: floatsOf(bodies[next++]) } : outcome,
  );
  return { ...head, outcomes };
}

/** Copied, which also aligns it. */
function floatsOf(body: Buffer | undefined): Float32Array {
  return new Float32Array(new Uint8Array(body ?? []).buffer);
}
