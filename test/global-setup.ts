import { existsSync } from "node:fs";

/** Workers and end-to-end tests run compiled code, so a missing build must stop the run, not skip it. */
export default function setup(): void {
  if (!existsSync(new URL("../dist/.built", import.meta.url))) throw new Error("dist/ is missing: run `npm run build`");
}
