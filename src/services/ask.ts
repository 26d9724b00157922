/** Longest wait for an answer about readiness, which healthy services give at once. */
const ASK_MS = 2_000;

/** What answered: its status, and its body as JSON where it is an object. Null where nothing did. */
export interface Asked {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks a URL once. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Asked | null> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(ASK_MS), redirect: "error" });
    const text = await response.text();
    return { status: response.status, body: objectIn(text) };
  } catch {
    return null;
  }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
