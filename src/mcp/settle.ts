import type { Call } from "../tools/call.ts";
import type { Attempt } from "./ask-client.ts";
import { failed, type Outcome } from "./outcome.ts";

/** A call whose client can be asked while it stays open, also for calls that are made on its behalf. */
export interface AskingCall extends Call {
  readonly settle: (attempt: Attempt) => Promise<Outcome>;
}

/**
 * Takes a call made on behalf of another to its end. Its client is asked where it can be while its own call is open;
 * else a human decides through the other channels.
 */
export async function settled(call: Call, attempt: Attempt): Promise<Outcome> {
  if (isAsking(call)) return await call.settle(attempt);
  const outcome = await attempt(null);
  return outcome.kind === "done" ? outcome : failed("approval.cannot-ask", "The client cannot be asked here.");
}

function isAsking(call: Call): call is AskingCall {
  return "settle" in call;
}
