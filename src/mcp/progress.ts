import type { ServerContext } from "@modelcontextprotocol/server";
import type { Progress } from "../tools/call.ts";

/** Sends progress to a client that asked for it; to any other, nothing. */
export function progressOf({ mcpReq }: ServerContext): (progress: Progress) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let sent = 0;
  return ({ message, done, total }) => {
    if (mcpReq.signal.aborted) return;
    // The protocol wants each value larger than the former, whatever a tool counts.
    sent = Math.max(sent + 1, done ?? 0);
    const params = { progressToken, progress: sent, message, ...(total === undefined ? {} : { total }) };
    // The client may have gone; its call ends by the signal, not by a failing notification.
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  };
}
