import type { Call } from "../tools/call.ts";
import type { ToolContext } from "../tools/context.ts";

export interface ResourceContent {
  readonly text: string;
  readonly mimeType: string;
}

/** Something a client can attach or read by its URI. */
export interface Resource {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** A whole URI; or, for a family of them, what all of its URIs begin with. */
  readonly uri: string;
  /** Name of what follows `uri` in a family, for the template shown to clients; absent for a single resource. */
  readonly variable?: string;
  readonly countsAsFileOperation?: boolean;
  /** `rest` is the decoded part after `uri`. Null when there is no such resource. */
  readonly read: (rest: string, context: ToolContext, call: Call) => Promise<ResourceContent | null>;
}
