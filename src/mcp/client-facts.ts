import { CLIENT_INFO_META_KEY, isSpecType, type Server, type ServerContext } from "@modelcontextprotocol/server";
import { visibleLine } from "../visible.ts";

/** Name and version that the client gives itself: with each request since 2026-07-28, once at the handshake before. */
export function clientOf(request: ServerContext, server: Server): string {
  const told = envelopeField(request, CLIENT_INFO_META_KEY);
  const info = isSpecType.Implementation(told) ? told : server.getClientVersion();
  // It is shown to whoever is asked: a name must not rearrange or hide the words around it.
  return info === undefined ? "unknown" : visibleLine(`${info.name} ${info.version}`.slice(0, 200));
}

/** A field that the client sent about itself with this request; undefined before 2026-07-28. */
export function envelopeField({ mcpReq }: ServerContext, key: string): unknown {
  return mcpReq.envelope === undefined ? undefined : Reflect.get(mcpReq.envelope, key);
}
