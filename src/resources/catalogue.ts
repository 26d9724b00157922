import { conversationResource } from "./conversation.ts";
import { fileResource } from "./file.ts";
import { indexStatusResource } from "./index-status.ts";
import { outputResource } from "./output.ts";
import type { Resource } from "./resource.ts";

/** Every resource, in the order in which clients list them. */
export const RESOURCES: readonly Resource[] = [indexStatusResource, fileResource, conversationResource, outputResource];
