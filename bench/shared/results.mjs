import { mkdirSync, writeFileSync } from "node:fs";

/** Keeps figures that the documentation states: `npm run docs` reads them from bench/results. */
export function keepResults(name, results) {
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), JSON.stringify(results, null, 2));
}
