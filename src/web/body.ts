import type { z } from "zod";
import { UserError } from "../errors.ts";

/** Far more than a comment needs. */
const MAX_BODY_BYTES = 65_536;

/** Reads a JSON body of this shape. Throws `request.bad-body`. */
export async function readBody<Shape extends z.ZodType>(request: Request, shape: Shape): Promise<z.output<Shape>> {
  const parsed = shape.safeParse(parseJson(await readText(request)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badBody(`${issue?.path.join(".") || "the body"}: ${issue?.message ?? "wrong shape"}`);
}

async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw badBody(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badBody("the body is no JSON");
  }
}

function badBody(message: string): UserError {
  return new UserError("request.bad-body", message);
}
