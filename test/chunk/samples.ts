import { ecmascriptSamples } from "./samples/ecmascript.ts";
import { functionalSamples } from "./samples/functional.ts";
import { managedSamples } from "./samples/managed.ts";
import { markupSamples } from "./samples/markup.ts";
import type { Sample } from "./samples/sample.ts";
import { scriptingSamples } from "./samples/scripting.ts";
import { systemsSamples } from "./samples/systems.ts";

/** One sample for each parsed language. */
export const samples: readonly Sample[] = [
  ...ecmascriptSamples,
  ...systemsSamples,
  ...managedSamples,
  ...scriptingSamples,
  ...functionalSamples,
  ...markupSamples,
];
