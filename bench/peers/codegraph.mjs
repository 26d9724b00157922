// codegraph has no vectors: it is here because it is what people use for the same questions.
import path from "node:path";
import { runToEnd } from "./process.mjs";

export const packages = ["@colbymchenry/codegraph@1.6.1"];

export async function open({ project, modules }) {
  const bin = path.join(modules, "node_modules/.bin/codegraph");
  const env = { ...process.env, DO_NOT_TRACK: "1" };
  let peak = 0;
  const run = async (...args) => {
    const result = await runToEnd(bin, args, { cwd: project, env });
    peak = Math.max(peak, result.peakMb);
    return result.stdout;
  };
  return {
    index: async () => {
      await run("init");
      return { chunks: await run("index") };
    },
    check: () => run("sync"),
    search: (query) => run("query", query),
    peakMb: () => peak,
    close: async () => {},
  };
}
