const PROOF_KEY = "codelab-proof";

/** A refusal of the server, with its code and what to do about it. */
export class ApiError extends Error {
  constructor(status, { code, message, hint }) {
    super(hint ? `${message}. ${hint}` : message);
    this.status = status;
    this.code = code;
  }
}

/** Asks the server for JSON; a body makes it a POST. */
export async function call(path, body) {
  const headers = { "x-codelab-proof": localStorage.getItem(PROOF_KEY) ?? "" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers,
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new ApiError(response.status, answer.error);
  return answer;
}

/** Exchanges the code that the terminal showed for this browser's session. */
export async function pair(code) {
  const { proof } = await call("/api/pair", { code });
  localStorage.setItem(PROOF_KEY, proof);
}

/** Ends this browser's session. */
export async function leave() {
  await call("/api/leave", {});
  localStorage.removeItem(PROOF_KEY);
}
