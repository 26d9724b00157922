import { UserError } from "../../errors.ts";
import { jsonResponse, type PlainResponse } from "../../http-plain.ts";

/** An answer that is an error, in the shape that OpenAI's clients read. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  /** The field of the request that is at fault. */
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: {
      readonly code?: string;
      readonly param?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.type = typeOf(status);
    this.code = options.code ?? null;
    this.param = options.param ?? null;
    this.headers = options.headers ?? {};
  }

  toResponse(): PlainResponse {
    const { message, type, param, code, status, headers } = this;
    return jsonResponse({ error: { message, type, param, code } }, { status, headers });
  }
}

/** A request whose field `param` cannot be served as it is. */
export function invalid(param: string | undefined, message: string, code?: string): ApiError {
  return new ApiError(400, message, {
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  });
}

/** What clients of the API are told of an error that arose within; null for a bug, which is told without details. */
export function apiErrorOf(error: unknown): ApiError | null {
  if (error instanceof ApiError) return error;
  if (!(error instanceof UserError)) return null;
  const message = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  switch (error.code) {
    case "embedding.unknown-model":
      return new ApiError(404, message, { param: "model", code: "model_not_found" });
    case "embedding.model-missing":
    case "embedding.bad-model":
    case "embedding.no-runtime":
    case "embedding.no-device":
      return new ApiError(503, message, { param: "model", code: "model_not_available" });
    case "embedding.too-long":
      return new ApiError(400, message, { param: "input", code: "context_length_exceeded" });
    default:
      // Whatever passes is worth another attempt in a moment.
      return new ApiError(503, message, { code: error.code, headers: { "retry-after": "1" } });
  }
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}
