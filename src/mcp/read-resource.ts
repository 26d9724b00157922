import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from "@modelcontextprotocol/server";
import type { ReadResourceResult } from "@modelcontextprotocol/server";
import type { Resource } from "../resources/resource.ts";
import type { Call } from "../tools/call.ts";
import type { ToolRunner } from "./run-tool.ts";

/** Reads what a URI names, through the same path as every tool call. */
export async function readResource(
  uri: string,
  resources: readonly Resource[],
  runner: ToolRunner,
  call: Call,
): Promise<ReadResourceResult> {
  const found = resources
    .map((resource) => ({ resource, rest: restOf(uri, resource) }))
    .find(({ rest }) => rest !== null);
  if (found === undefined || found.rest === null) throw new ResourceNotFoundError(uri);
  const outcome = await runner.read(found.resource, found.rest, call);
  if (outcome.content === null) throw new ResourceNotFoundError(uri);
  if (outcome.content === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, outcome.problem, { uri });
  return { contents: [{ uri, ...outcome.content }] };
}

/** What follows the resource's own part of the URI, decoded once; null when the URI is another's. */
function restOf(uri: string, { uri: own, variable }: Resource): string | null {
  if (variable === undefined) return uri === own ? "" : null;
  if (!uri.startsWith(own) || uri.length === own.length) return null;
  try {
    return decodeURIComponent(uri.slice(own.length));
  } catch {
    return null;
  }
}
