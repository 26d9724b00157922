import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { UserError } from "../errors.ts";

const state = z.strictObject({
  v: z.literal(1),
  /** Id of the ledger's row. */
  request: z.string(),
  /** Key under which the answer must come. */
  key: z.string(),
  mode: z.enum(["form", "url"]),
  method: z.string(),
  tool: z.string(),
  principal: z.string(),
  session: z.string(),
  /** Digest of the arguments. */
  digest: z.string(),
  /** Monotonic milliseconds at which the form was handed out. */
  asked: z.number(),
  /** Milliseconds since the epoch. */
  expires: z.number(),
});

/** What travels through the client between a question and its answer; trusted only when its seal is intact. */
export type ApprovalState = z.infer<typeof state>;

/** The part of a state that must equal what the answering call says of itself. */
export type StateBinding = Pick<ApprovalState, "method" | "tool" | "principal" | "session" | "digest">;

export interface StateCodec {
  seal(content: ApprovalState): string;
  /** Throws `approval.state-invalid` unless the seal is ours, the binding equal and `now` before the expiry. */
  open(sealed: string, binding: StateBinding, now: number): ApprovalState;
}

const MIN_KEY_BYTES = 32;
const MAX_STATE_CHARACTERS = 8_192;

/** A codec over HMAC-SHA-256. That a state is used once only is the ledger's to see to. */
export function createStateCodec(key: Uint8Array): StateCodec {
  if (key.byteLength < MIN_KEY_BYTES) throw new TypeError(`the key must have at least ${MIN_KEY_BYTES} bytes`);
  const sign = (payload: string) => createHmac("sha256", key).update(`codelab-approval-state.${payload}`).digest();
  return {
    seal(content) {
      const payload = Buffer.from(JSON.stringify(content)).toString("base64url");
      return `${payload}.${sign(payload).toString("base64url")}`;
    },
    open(sealed, binding, now) {
      const [payload, seal, ...rest] = sealed.length > MAX_STATE_CHARACTERS ? [] : sealed.split(".");
      if (payload === undefined || seal === undefined || rest.length > 0) throw invalid("it is not one of ours");
      const expected = sign(payload);
      const given = Buffer.from(seal, "base64url");
      // The re-encoding refuses the spellings of one seal that base64 decoders let pass.
      if (
        given.byteLength !== expected.byteLength ||
        !timingSafeEqual(given, expected) ||
        expected.toString("base64url") !== seal
      )
        throw invalid("it was changed or made by someone else");
      const content = state.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
      for (const field of ["method", "tool", "principal", "session", "digest"] as const)
        if (content[field] !== binding[field]) throw invalid(`it belongs to another ${NAMES[field]}`);
      if (now >= content.expires) throw invalid("it has expired");
      return content;
    },
  };
}

const NAMES = {
  method: "method",
  tool: "tool",
  principal: "principal",
  session: "session",
  digest: "set of arguments",
} as const;

function invalid(why: string): UserError {
  return new UserError("approval.state-invalid", `the approval state of this call is refused: ${why}`, {
    hint: "Call the tool again without requestState and inputResponses to ask anew.",
  });
}
