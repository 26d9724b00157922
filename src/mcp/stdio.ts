import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { Writable } from "node:stream";
import { serveStdio as serveConnection, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { aborted } from "../aborted.ts";
import type { Logger } from "../log.ts";
import type { ServerFactory } from "./server.ts";

export interface StdioOptions {
  readonly factory: ServerFactory;
  readonly log: Logger;
  readonly stdin: Readable;
  /** Carries the protocol and nothing else. */
  readonly stdout: Writable;
  /** Ends the connection from our side. */
  readonly signal?: AbortSignal;
}

/** Serves one client over a pair of streams, in either protocol era; resolves when the connection has ended. */
export async function serveStdio({ factory, log, stdin, stdout, signal }: StdioOptions): Promise<void> {
  const identity = { principal: "local", session: randomUUID() };
  const ended = new Promise<void>((resolve) => {
    const end = () => resolve();
    stdin.once("end", end).once("close", end).once("error", end);
    stdout.once("error", end).once("close", end);
    if (signal !== undefined) void aborted(signal).then(end);
  });
  const handle = serveConnection((connection) => factory(connection, () => identity), {
    transport: new StdioServerTransport(stdin, stdout),
    onerror: (error) => log.debug("protocol error", { error: error.message }),
  });
  await ended;
  await handle.close();
}

/**
 * Takes the process's stdout for the protocol: returns the stream that still reaches it, and sends whatever else is
 * written there (a dependency's console.log) to stderr.
 */
export function claimStdout(
  out: NodeJS.WriteStream = process.stdout,
  aside: NodeJS.WriteStream = process.stderr,
): Writable {
  const write = out.write.bind(out);
  const wire = new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _encoding, done) => void write(chunk, (error) => done(error ?? null)),
  });
  // The transport waits with a listener for each answer that a slow client has not taken: as many as there are calls.
  wire.setMaxListeners(0);
  out.on("error", (error) => wire.destroy(error));
  out.write = aside.write.bind(aside);
  return wire;
}
